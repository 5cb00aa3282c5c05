/** Words for the gateway, on the way that is open until the end. */
import { writeSync } from 'node:fs';

const STANDARD_ERROR = 2;

/** Says why the process ends, if it can be said at all. */
export function sayAtLast(words: string): void {
  try {
    writeSync(STANDARD_ERROR, words);
  } catch {
    // Nobody reads it any more, or too much was written already.
  }
}
