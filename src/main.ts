#!/usr/bin/env node
/** The process edge: arguments, environment, signals, exit codes. Nothing else uses `process`. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import type { CommandLine } from './commands/command-line.ts';
import { addDataCommand } from './commands/data.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addStartCommand } from './commands/start.ts';
import { addUsersCommand } from './commands/users.ts';

/** The version of the package, one folder above both `src` and `dist`. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const STANDARD_INPUT = 0;
const hadTerminal = isatty(STANDARD_INPUT);

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

const line: CommandLine = {
  env: process.env,
  version,
  write: (output) => {
    process.stdout.write(output);
  },
  writeError: (output) => {
    process.stderr.write(output);
  },
  readInput: () => text(process.stdin),
  fail: (lines) => {
    for (const line of lines) process.stderr.write(`custom-user-data: ${line}\n`);
    process.exit(EXIT_FAILURE);
  },
  exit: () => process.exit(0),
  onSignal: (signal, listener) => {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && hadTerminal && !isatty(STANDARD_INPUT)) hangUp();
      else listener();
    });
  },
};

/** Ends as a process that does not hear the signal: its terminal is closed, and with it who started it. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

const program = new Command('custom-user-data')
  .description('Self-hosted gateway for custom user data. Configured by environment variables.')
  .version(version)
  .exitOverride();

addStartCommand(program, line);
addSchemaCommand(program, line);
addUsersCommand(program, line);
addDataCommand(program, line);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
