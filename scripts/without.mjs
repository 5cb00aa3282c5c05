// Tries that the gateway does without a part of it: copies the tree, takes the folder and its line in
// `src/optional-parts.ts` out, and runs types, lint and, with `--unit` or `--integration`, the tests of the rest.
// A test needs a part if it is in a folder of its name, or names one of its files, itself or through `test/support`.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Part → its folder. */
const PARTS = {
  endpoints: 'src/endpoints/',
  functions: 'src/functions/',
  realm: 'src/realm/',
};
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIST = 'src/optional-parts.ts';
const USAGE = `Usage: node scripts/without.mjs PART… [--unit] [--integration PATTERN] [--keep] [--help]

PART            ${Object.keys(PARTS).join(', ')}, each tried on its own
--unit          run the unit tests of the rest too, but those of the repository itself
--integration   run the integration tests of the rest too whose paths match, on the embedded store
--keep          keep the copy, and say where it is`;

/** Runs a program of `node_modules` in the copy; `false` if it fails. */
function run(/** @type {string} */ folder, /** @type {string[]} */ ...[program = '', ...args]) {
  process.stderr.write(`-- ${program} ${args.join(' ')}\n`);
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join('node_modules', program),
      ...args,
    ],
    {
      cwd: folder,
      stdio: 'inherit',
      env: { ...process.env, MONGODB_TESTS: 'off', FERRETDB_TESTS: 'off' },
    },
  );
  return status === 0;
}

/** The files of the tree, also those that are not committed yet. */
function listFiles() {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '');
}

/** The files that one names: imports, and whatever else looks like a path from where it is. */
function namedBy(/** @type {string} */ file) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/'(\.{1,2}\/[^'\n]+)'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)).replace(/^build\/(.*)\.js$/, 'src/$1.ts'),
  );
}

/** The part's own files, and the tests and their helpers that do not work without them. */
function findNeeding(/** @type {string} */ part, /** @type {string} */ folder) {
  const files = listFiles();
  const isTest = (/** @type {string} */ file) =>
    file.startsWith('test/') && /\.(ts|mjs)$/.test(file);
  const isOwn = (/** @type {string} */ file) =>
    file.startsWith(folder) || new RegExp(`^test/(unit|integration)/${part}/`).test(file);
  const needing = new Set(files.filter(isOwn));
  const tests = files
    .filter((file) => isTest(file) && !isOwn(file))
    .map((file) => ({ file, named: namedBy(file) }));
  for (let size = -1; size !== needing.size; ) {
    size = needing.size;
    for (const { file, named } of tests)
      if (named.some((path) => needing.has(path))) needing.add(file);
  }
  return { files, needing };
}

/** Copies the tree without the part. */
function copyWithout(/** @type {string} */ part, /** @type {string} */ copy) {
  const { files, needing } = findNeeding(part, PARTS[/** @type {keyof typeof PARTS} */ (part)]);
  for (const file of files) {
    if (!needing.has(file) && existsSync(join(ROOT, file)))
      cpSync(join(ROOT, file), join(copy, file));
  }
  const lines = readFileSync(join(ROOT, LIST), 'utf8').split('\n');
  const folder = PARTS[/** @type {keyof typeof PARTS} */ (part)].replace('src/', './');
  const rest = lines.filter((line) => !line.includes(`import('${folder}`));
  if (rest.length !== lines.length - 1) throw new Error(`${LIST} must have one line of ${folder}`);
  writeFileSync(join(copy, LIST), rest.join('\n'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return [...needing].filter((file) => file.endsWith('.test.ts')).length;
}

/** Tries one part; `false` if something fails without it. */
function tryWithout(/** @type {string} */ part) {
  const copy = mkdtempSync(join(tmpdir(), `without-${part}-`));
  try {
    console.error(
      `== Without ${part}: ${copyWithout(part, copy)} test files need it and are left out`,
    );
    const { integration: pattern } = options;
    const jest = ['jest/bin/jest.js', '--silent', '--selectProjects'];
    return (
      run(copy, 'typescript/bin/tsc', '--preserveSymlinks', '-p', 'tsconfig.build.json') &&
      run(copy, '../scripts/build-gateway.mjs') &&
      run(copy, 'typescript/bin/tsc', '--preserveSymlinks', '-p', 'tsconfig.json') &&
      run(copy, '@biomejs/biome/bin/biome', 'lint', '--error-on-warnings') &&
      (!options.unit ||
        run(copy, ...jest, 'unit', '--testPathIgnorePatterns', '/unit/(docs|tooling)/')) &&
      (!pattern || run(copy, ...jest, 'integration', '--testPathPatterns', pattern))
    );
  } finally {
    if (options.keep) console.error(`Kept: ${copy}`);
    else rmSync(copy, { recursive: true, force: true });
  }
}

const { positionals: parts, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    unit: { type: 'boolean' },
    integration: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (options.help || parts.length === 0 || parts.some((part) => !Object.hasOwn(PARTS, part))) {
  console.error(USAGE);
  process.exit(options.help ? 0 : 2);
}
const failed = parts.filter((part) => !tryWithout(part));
if (failed.length > 0) console.error(`Does not do without: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
