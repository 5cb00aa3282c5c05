/** What every command needs of the process it runs in; `src/main.ts` provides it. */
import { ExportError } from '../config/app-export/export-files.ts';
import type { ExportedApp } from '../config/app-export/exported-app.ts';
import { readAppExport } from '../config/app-export/read-app-export.ts';
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

/** The configuration, and the exported app that its defaults come from; `null`: there is none. */
export interface Configured {
  readonly config: Config;
  readonly exported: ExportedApp | null;
}

/** Reads both. A wrong one ends the process with every problem. */
export function readConfigured(
  { env, fail }: Pick<CommandLine, 'env' | 'fail'>,
  changes: Readonly<Record<string, string>> = {},
): Configured {
  const result = tryToRead({ ...env, ...changes });
  return result.type === 'error' ? fail(result.problems) : result;
}

/** As `readConfigured`, with the problems as a value. */
export function tryToRead(
  env: CommandLine['env'],
):
  | ({ readonly type: 'ok' } & Configured)
  | { readonly type: 'error'; readonly problems: readonly string[] } {
  try {
    const exported = readAppExport(env);
    const result = parseConfig(env, exported?.settings, exported?.triggers);
    return result.type === 'error' ? result : { ...result, exported };
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    return { type: 'error', problems: [error.message] };
  }
}

/** The same for a command without a log: variables that are not known are named on standard error. */
export function requireConfig(
  line: CommandLine,
  changes: Readonly<Record<string, string>> = {},
): Config {
  const { config } = readConfigured(line, changes);
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
