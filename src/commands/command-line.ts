/** What every command needs of the process it runs in; `src/main.ts` provides it. */
import { type Config, describeUnknownVariable, parseConfig } from '../config.ts';
import { isGatewayError } from '../errors.ts';

/** The process, as commands see it. */
export interface CommandLine {
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The version of the package. */
  readonly version: string;
  /** Writes to standard output. */
  readonly write: (text: string) => void;
  /** Writes to standard error. */
  readonly writeError: (text: string) => void;
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Writes one line each to standard error and ends the process with exit code 1. */
  readonly fail: (lines: readonly string[]) => never;
  /** Ends the process, with exit code 0 unless given. */
  readonly exit: (code?: 0 | 1) => never;
  /**
   * Calls `listener` whenever the process gets the signal. A SIGHUP because the terminal was closed ends
   * the process instead.
   */
  readonly onSignal: (signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM', listener: () => void) => void;
}

/** The configuration; a wrong one ends the process with every problem. */
export function readConfig(
  { env, fail }: CommandLine,
  changes: Readonly<Record<string, string>> = {},
): Config {
  const result = parseConfig({ ...env, ...changes });
  if (result.type === 'error') return fail(result.problems);
  return result.config;
}

/** The same for a command without a log: variables that are not known are named on standard error. */
export function requireConfig(
  line: CommandLine,
  changes: Readonly<Record<string, string>> = {},
): Config {
  const config = readConfig(line, changes);
  for (const unknown of config.unknownVariables) {
    line.writeError(`custom-user-data: warning: ${describeUnknownVariable(unknown)}\n`);
  }
  return config;
}

/** What an operator is told of an error. */
export function describeError(error: unknown): string {
  if (isGatewayError(error, 'SERVICE_UNAVAILABLE')) {
    return `${error.message} (${describeError(error.cause)})`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** What clients or providers sent must not reach the terminal as a command. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
