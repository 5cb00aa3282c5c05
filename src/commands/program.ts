/** Every command of `custom-user-data`. What a command runs is loaded when it is called. */
import { Command } from 'commander';
import { addAuditCommand } from './audit.ts';
import { addCheckCommand } from './check.ts';
import type { CommandLine } from './command-line.ts';
import { addDataCommand } from './data.ts';
import { addExportCommand } from './export.ts';
import { addFunctionsCommand } from './functions.ts';
import { addImportCommand } from './import.ts';
import { addKeysCommand } from './keys.ts';
import { addSchemaCommand } from './schema.ts';
import { addStartCommand } from './start.ts';
import { addStoreCommand } from './store.ts';
import { addUsersCommand } from './users.ts';

/** The program; wrong usage throws a `CommanderError` instead of ending the process. */
export function createProgram(line: CommandLine): Command {
  const program = new Command('custom-user-data')
    .description('Self-hosted gateway for custom user data. Configured by environment variables.')
    .version(line.version)
    .exitOverride();
  addStartCommand(program, line);
  addCheckCommand(program, line);
  addSchemaCommand(program, line);
  addUsersCommand(program, line);
  addDataCommand(program, line);
  addImportCommand(program, line);
  addExportCommand(program, line);
  addStoreCommand(program, line);
  addKeysCommand(program, line);
  addAuditCommand(program, line);
  addFunctionsCommand(program, line);
  return program;
}
