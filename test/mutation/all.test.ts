/**
 * The tests of what `npm run mutation` mutates, as one test file: a mutant is tried in one module
 * registry instead of one a file, which takes a quarter of the time. `MUTATION_FOLDERS` limits them to
 * those of the folders being mutated.
 */
import { readdir } from 'node:fs/promises';

const TESTS = new URL('../', import.meta.url);
const FOLDERS = process.env.MUTATION_FOLDERS ?? 'custom-data,token';
/** Not a unit test because keys are fetched over real HTTP. It needs no store. */
const FETCHED_KEYS = 'integration/token/external-issuers.test.ts';

for (const folder of FOLDERS.split(',')) {
  const names = await readdir(new URL(`unit/${folder}`, TESTS), { recursive: true });
  const files = names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `unit/${folder}/${name}`);
  const others = folder === 'token' ? [FETCHED_KEYS] : [];
  for (const file of [...files.sort(), ...others]) await import(new URL(file, TESTS).href);
}
