/** Strings that have caused trouble elsewhere. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The Big List of Naughty Strings. */
export const naughtyStrings = require('big-list-of-naughty-strings') as readonly string[];
