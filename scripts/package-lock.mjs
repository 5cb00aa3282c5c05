/**
 * Checks and completes `package-lock.json`.
 *
 * npm leaves an optional platform package out of the lock file when the registry it talked to had
 * no copy of that package, and `npm ci` then refuses the lock file on every platform. An entry
 * without a checksum is what is missing: npm skips it where the platform does not match.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

const OS = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]);
const CPU = new Set(['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']);
/** @type {Record<string, string>} */
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/**
 * Platform fields that the name of a prebuilt package spells out, such as `…-linux-x64-musl`.
 *
 * @param {string} name
 */
export function parsePlatform(name) {
  const words = name.split(/[-/]/);
  const os = words.find((word) => OS.has(word));
  const cpu = words.find((word) => CPU.has(word));
  if (os === undefined || cpu === undefined) {
    throw new Error(
      `The platform of "${name}" is not in its name, add it to the lock file by hand`,
    );
  }
  const libc = words.map((word) => LIBC[word]).find((word) => word !== undefined);
  return { os: [os], cpu: [cpu], ...(os === 'linux' && libc !== undefined && { libc: [libc] }) };
}

/**
 * Whether a package installed at `from` finds `name` in the tree of the lock file.
 *
 * @param {Lock} lock
 * @param {string} from
 * @param {string} name
 */
function isLocked(lock, from, name) {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === '') return false;
  }
}

/**
 * Optional dependencies that are named in the lock file without an entry of their own.
 *
 * @param {Lock} lock
 * @returns {{ name: string, version: string, parent: LockEntry }[]}
 */
export function findMissing(lock) {
  return Object.entries(lock.packages).flatMap(([path, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock, path, name))
      .map(([name, version]) => ({ name, version, parent })),
  );
}

/**
 * The same lock file with an entry for every optional dependency, in npm's order.
 *
 * @param {Lock} lock
 * @returns {Lock}
 */
export function completeLock(lock) {
  const packages = { ...lock.packages };
  for (const { name, version, parent } of findMissing(lock)) {
    packages[`node_modules/${name}`] = {
      version,
      ...(parent.dev === true && { dev: true }),
      optional: true,
      ...parsePlatform(name),
    };
  }
  const ordered = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(ordered) };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
  stdout.write(`Added ${findMissing(lock).length} entries\n`);
}
