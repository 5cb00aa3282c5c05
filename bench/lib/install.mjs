// What an installation of the gateway takes of the disk, and what of it is largest.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const LARGEST = 10;
const run = promisify(execFile);

/**
 * @typedef {object} InstalledPackage
 * @property {string} name
 * @property {number} kilobytes without the packages inside it
 * @property {string} purpose in its own words
 * @property {string[]} bringers direct dependencies that bring it, itself if it is one
 */

/** Installs what production needs into a temporary folder, and weighs it. */
export async function measureInstall() {
  const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-install-'));
  try {
    // A registry that the machine is told to use stays in use.
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      await cp(join(ROOT, name), join(folder, name), { recursive: true }).catch(() => undefined);
    }
    const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['ci', ...flags], { cwd: folder });
    const installed = join(folder, 'node_modules/.package-lock.json');
    const { packages } = JSON.parse(await readFile(installed, 'utf8'));
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const { stdout: sum } = await run('du', ['-sm', 'node_modules'], { cwd: folder });
    // Workspaces are in the lock file, too, and are not installed.
    const isInstalled = (/** @type {string} */ path) =>
      path.startsWith('node_modules/') && packages[path].link !== true;
    const paths = Object.keys(packages)
      .filter(isInstalled)
      .map((path) => join(folder, path));
    const sizes = await Promise.all(paths.map((path) => weigh(path)));
    const largest = sizes.toSorted((a, b) => b.kilobytes - a.kilobytes).slice(0, LARGEST);
    return {
      megabytes: Number.parseInt(sum, 10),
      count: paths.length,
      largest: largest.map((each) => {
        const direct = Object.keys(manifest.dependencies);
        return { ...each, bringers: findBringers(packages, direct, each.name) };
      }),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} path */
async function weigh(path) {
  const { stdout } = await run('du', ['-sk', '--exclude=./node_modules', '.'], { cwd: path });
  const { description = '', name } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  return { name, kilobytes: Number.parseInt(stdout, 10), purpose: description };
}

/** @typedef {Record<string, { dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }>} LockedPackages */

/**
 * @param {LockedPackages} packages
 * @param {readonly string[]} direct
 * @param {string} name
 */
function findBringers(packages, direct, name) {
  return direct.filter((each) => {
    const seen = new Set([each]);
    for (const next of seen) {
      const { dependencies, optionalDependencies } = packages[`node_modules/${next}`] ?? {};
      for (const needed of Object.keys({ ...dependencies, ...optionalDependencies }))
        seen.add(needed);
    }
    return seen.has(name);
  });
}
