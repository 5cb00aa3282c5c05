/** Which packages are in a bundle, for what tells of them: their licences, the page of dependencies, the SBOM. */
import { readdir, readFile, writeFile } from 'node:fs/promises';

const ROOT = new URL('../', import.meta.url);

/**
 * @typedef {object} BundledPackage
 * @property {string} name
 * @property {string} version
 * @property {boolean} isDirect whether code of ours imports it
 */

/**
 * Writes `packages.json` and, with the licences, which ask to go with the packages, `LICENSES.txt` beside a bundle.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {URL} directory
 */
export async function writePackages({ inputs }, directory) {
  const own = Object.entries(inputs).filter(([path]) => folderOf(path) === undefined);
  const imported = own.flatMap(([, { imports }]) => imports.map(({ path }) => folderOf(path)));
  const folders = [...new Set(Object.keys(inputs).map(folderOf))].filter(
    (each) => each !== undefined,
  );
  const packages = await Promise.all(
    folders.sort().map(async (folder) => {
      const { name, version } = await readManifest(folder);
      return { name, version, isDirect: imported.includes(folder) };
    }),
  );
  const licenses = await Promise.all(folders.map(readLicense));
  await Promise.all([
    writeFile(new URL('packages.json', directory), `${JSON.stringify(packages, null, 2)}\n`),
    writeFile(new URL('LICENSES.txt', directory), licenses.join(`\n${'-'.repeat(80)}\n\n`)),
  ]);
}

/**
 * What `writePackages` wrote.
 *
 * @param {URL} directory
 * @returns {Promise<BundledPackage[]>}
 */
export async function readPackages(directory) {
  return JSON.parse(await readFile(new URL('packages.json', directory), 'utf8'));
}

/**
 * @param {string} path
 * @returns {string | undefined} the folder of the package that a file is of
 */
function folderOf(path) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

/** @param {string} folder */
async function readManifest(folder) {
  return JSON.parse(await readFile(new URL(`${folder}/package.json`, ROOT), 'utf8'));
}

/**
 * The text of a licence; of a package that comes without, what its manifest says.
 * @param {string} folder
 */
async function readLicense(folder) {
  const directory = new URL(`${folder}/`, ROOT);
  const { author, license, name, repository, version } = await readManifest(folder);
  const head = `${name} ${version}\n\n`;
  const file = (await readdir(directory)).find((each) => /^(?:license|licence)/i.test(each));
  if (file !== undefined) return head + (await readFile(new URL(file, directory), 'utf8'));
  if (license === undefined) throw new Error(`${name} has no licence`);
  const holder = author?.name ?? author ?? 'its authors';
  return `${head}${license}. Copyright of ${holder}; ${repository?.url ?? repository}\n`;
}
