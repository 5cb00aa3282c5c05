/**
 * The unit tests of what `npm run mutation` mutates, as one test file: a mutant is tried in one module
 * registry instead of one a file, which takes a quarter of the time. `MUTATION_FOLDERS` limits it to the
 * tests of the folders being mutated.
 */
import { readdir } from 'node:fs/promises';

const UNIT_TESTS = new URL('../unit/', import.meta.url);
const FOLDERS = process.env.MUTATION_FOLDERS ?? 'custom-data,token';

for (const folder of FOLDERS.split(',')) {
  const files = await readdir(new URL(folder, UNIT_TESTS), { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.test.ts')).sort()) {
    await import(new URL(`${folder}/${file}`, UNIT_TESTS).href);
  }
}
