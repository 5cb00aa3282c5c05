/** Which packages are in a bundle, and under what licences, which ask to go with them. */
import { readdir, readFile } from 'node:fs/promises';

const ROOT = new URL('../', import.meta.url);

/**
 * The names of the packages that a bundle was made of.
 * @param {import('esbuild').Metafile} metafile
 * @returns {string[]} sorted
 */
export function listPackages({ inputs }) {
  const names = Object.keys(inputs).map(
    (path) => /^node_modules\/(?:.*\/node_modules\/)?((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

/**
 * The licences of packages, as one text; of one that comes without its text, what its manifest says.
 * @param {readonly string[]} packages
 */
export async function readLicenses(packages) {
  const texts = packages.map(async (name) => `${name}\n\n${await readLicense(name)}`);
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} name */
async function readLicense(name) {
  const directory = new URL(`node_modules/${name}/`, ROOT);
  const file = (await readdir(directory)).find((each) => /^(?:license|licence)/i.test(each));
  if (file !== undefined) return readFile(new URL(file, directory), 'utf8');
  const manifest = JSON.parse(await readFile(new URL('package.json', directory), 'utf8'));
  const { author, license, repository } = manifest;
  if (license === undefined) throw new Error(`${name} has no licence`);
  const holder = author?.name ?? author ?? 'its authors';
  return `${license}. Copyright of ${holder}; ${repository?.url ?? repository}\n`;
}
