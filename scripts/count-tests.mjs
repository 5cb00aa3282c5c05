/**
 * Sums up the JSON results of jest runs.
 *
 * `count-tests.mjs FOLDER` prints `N passed, N failed, N skipped` and fails if a test failed or none
 * passed. `count-tests.mjs --no-skipped FOLDER PATH…` prints the skipped tests of all files but those
 * with one of the `PATH`s in theirs, and fails if there are any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Results
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {{ name: string, assertionResults: { status: string, fullName: string }[] }[]} testResults
 */

/**
 * A suite that could not run counts as one failed test.
 *
 * @param {readonly Results[]} runs
 */
export function countTests(runs) {
  const sum = (/** @type {(run: Results) => number} */ count) =>
    runs.reduce((total, run) => total + count(run), 0);
  return {
    passed: sum((run) => run.numPassedTests),
    failed: sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites),
    skipped: sum((run) => run.numPendingTests + run.numTodoTests),
  };
}

/**
 * File and full name of the tests that were skipped, but for files with a path that is allowed to.
 *
 * @param {readonly Results[]} runs
 * @param {readonly string[]} allowed
 */
export function findSkipped(runs, allowed) {
  return runs
    .flatMap(({ testResults }) => testResults)
    .filter(({ name }) => !allowed.some((path) => name.includes(path)))
    .flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status !== 'passed' && status !== 'failed')
        .map(({ fullName }) => `${name}: ${fullName}`),
    );
}

/** @param {string} folder */
function readRuns(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => /** @type {Results} */ (JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))));
}

/** @param {string} folder */
function printCounts(folder) {
  const { passed, failed, skipped } = countTests(readRuns(folder));
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

/**
 * @param {string} folder
 * @param {readonly string[]} allowed
 */
function printSkipped(folder, allowed) {
  const skipped = findSkipped(readRuns(folder), allowed);
  for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
  if (skipped.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first = '.', second = '.', ...allowed] = process.argv.slice(2);
  if (first === '--no-skipped') printSkipped(second, allowed);
  else printCounts(first);
}
