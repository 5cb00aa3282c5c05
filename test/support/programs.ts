/** Programs of the machine that a test file needs, which not every machine has. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

/** Where Debian keeps programs that are not on everybody's path. */
function directories(): string[] {
  const versions = '/usr/lib/postgresql';
  const postgresql = readable(versions).map((version) => join(versions, version, 'bin'));
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', ...postgresql.reverse()];
}

function readable(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Where a program is, or `undefined`. */
export function findProgram(name: string): string | undefined {
  return directories()
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Declares a suite that needs a program. Without it the suite is reported as skipped, which CI does not let pass, and
 * `body` runs only for the names of its tests.
 */
export function describeWithProgram(
  program: string,
  name: string,
  body: (path: string) => void,
): void {
  const path = findProgram(program);
  if (path === undefined) process.stderr.write(`SKIPPED: ${name}, which needs ${program}\n`);
  const declare = path === undefined ? describe.skip : describe;
  declare(name, () => body(path ?? ''));
}
