/**
 * Brings licences and sizes in docs/dependencies.md up to date: `npm run docs:dependencies`. Reasons are written by
 * hand; a dependency without one gets an empty cell, which a test refuses.
 */
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'docs/dependencies.md');
const HEAD = '| package | licence | MB | what for | why not our own, or another |';
const BYTES_PER_MEGABYTE = 1_000_000;

/** @typedef {{ name: string, licence: string, megabytes: number, purpose: string, reason: string }} Dependency */

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

/**
 * The rows of the table in a text.
 *
 * @param {string} text
 * @returns {Dependency[]}
 */
export function readTable(text) {
  const rows = text.slice(text.indexOf(HEAD)).split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) => {
    const [, name = '', licence = '', size, purpose = '', reason = ''] = row
      .split('|')
      .map((cell) => cell.trim());
    return { name: name.replaceAll('`', ''), licence, megabytes: Number(size), purpose, reason };
  });
}

/**
 * What there is of each package that the gateway uses, installed beside it or in its bundle (which `npm run build` has
 * made), without what it depends on.
 *
 * @returns {Pick<Dependency, 'name' | 'licence' | 'megabytes'>[]}
 */
export function measureDependencies() {
  /** @type {import('./bundled-packages.mjs').BundledPackage[]} */
  const bundled = readJson('dist/packages.json');
  const direct = bundled.filter(({ isDirect }) => isDirect).map(({ name }) => name);
  const names = new Set([...direct, ...Object.keys(readJson('package.json').dependencies)]);
  return [...names].sort().map((name) => {
    const folder = join('node_modules', name);
    const { license: licence } = readJson(join(folder, 'package.json'));
    return { name, licence, megabytes: weigh(join(ROOT, folder)) / BYTES_PER_MEGABYTE };
  });
}

/**
 * @param {string} path
 * @returns {number} bytes of the files
 */
function weigh(path) {
  const entries = readdirSync(path, { withFileTypes: true });
  let sum = 0;
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (!entry.isDirectory()) sum += lstatSync(child).size;
    else if (entry.name !== 'node_modules') sum += weigh(child);
  }
  return sum;
}

/** @param {readonly Dependency[]} rows */
function renderTable(rows) {
  const lines = rows.map(
    ({ name, licence, megabytes, purpose, reason }) =>
      `| \`${name}\` | ${licence} | ${megabytes.toFixed(2)} | ${purpose} | ${reason} |`,
  );
  return [HEAD, '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(FILE, 'utf8');
  const written = new Map(readTable(text).map((row) => [row.name, row]));
  const rows = measureDependencies().map((measured) => ({
    purpose: '',
    reason: '',
    ...written.get(measured.name),
    ...measured,
  }));
  const start = text.indexOf(HEAD);
  const end = text.indexOf('\n\n', start);
  writeFileSync(FILE, text.slice(0, start) + renderTable(rows) + text.slice(end));
}
