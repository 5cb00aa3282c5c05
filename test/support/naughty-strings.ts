/** Strings that have caused trouble elsewhere. */
import { createRequire } from 'node:module';

/** The Big List of Naughty Strings. */
export const naughtyStrings = createRequire(import.meta.url)(
  'big-list-of-naughty-strings',
) as readonly string[];
