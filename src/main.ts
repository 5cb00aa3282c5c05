#!/usr/bin/env node
/** The process edge: arguments, environment, signals, exit codes. Nothing else uses `process`. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import type { CommandLine } from './commands/command-line.ts';
import { collectAlone } from './garbage.ts';
import { packageFile } from './package-files.ts';

/** Of the package. */
const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  version: string;
};

const STANDARD_INPUT = 0;
const hadTerminal = isatty(STANDARD_INPUT);

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/**
 * Signals that came before the gateway could act on them, which must not end it: it takes most of a second to
 * load. Other commands have nothing to lose and end as usual.
 */
const early = new Set<NodeJS.Signals>();
const remember = (signal: NodeJS.Signals) => early.add(signal);
const [, , command = 'start'] = process.argv;
if (command === 'start' || command.startsWith('-')) {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, remember);
  collectAlone();
}

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
  exit: (code = 0) => process.exit(code),
  onSignal: (signal, listener) => {
    const heard = () => {
      if (signal === 'SIGHUP' && hadTerminal && !isatty(STANDARD_INPUT)) hangUp();
      else listener();
    };
    process.on(signal, heard);
    // Not before: a signal that nobody hears ends the process.
    process.off(signal, remember);
    if (early.delete(signal)) heard();
  },
};

/** Ends as a process that does not hear the signal: its terminal is closed, and with it who started it. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

// Loaded only now, with the signals heard.
const [{ CommanderError }, { createProgram }] = await Promise.all([
  import('commander'),
  import('./commands/program.ts'),
]);

try {
  await createProgram(line).parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
