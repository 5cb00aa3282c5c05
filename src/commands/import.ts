/** `custom-user-data import …`: brings users and documents in. */
import { type Command, Option } from 'commander';
import type { CommandLine } from './command-line.ts';
import type { ImportUsersOptions } from './moving/import-users.ts';

const HELP = `
What is there already is left as it is: an import that was cut off is run again. Rows that are refused are in
FILE.refused.ndjson with their line and the reason, ids that became others in FILE.ids.ndjson.

Exit codes: 0 done, 1 failed, interrupted, or a row was refused (the reason is on standard error), 2 wrong usage.`;

/** Adds the `import` commands. */
export function addImportCommand(program: Command, line: CommandLine): void {
  const imports = program
    .command('import')
    .description('bring in users and documents, while gateways run or not')
    .addHelpText('after', HELP);
  addUsers(imports, line);
}

function addUsers(imports: Command, line: CommandLine): void {
  imports
    .command('users')
    .description('make accounts of the users in a file')
    .argument('<file>', 'NDJSON, or the list of users of the Admin API of App Services')
    .addOption(
      new Option('--from <format>', 'what the file is')
        .choices(['ndjson', 'app-services'])
        .default('ndjson'),
    )
    .option(
      '--custom-jwt-issuer <issuer>',
      "issuer of the app's custom JWTs, for --from app-services",
    )
    .option('--dry-run', 'say what would be imported and refused, and write nothing into the store')
    .option('--json', 'print one line of JSON')
    .action(async (file: string, options: ImportUsersOptions) => {
      // Loaded only now, so that `--help` and usage errors answer at once.
      const { importUsers } = await import('./moving/import-users.ts');
      await importUsers(line, file, options);
    });
}
