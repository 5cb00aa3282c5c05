// What a measurement says: how far it is, middle values, tables, and its section of docs/benchmarks.md.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { stderr } from 'node:process';

const PAGE = join(import.meta.dirname, '../../docs/benchmarks.md');

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/**
 * The smallest of the numbers that at least so large a share of them does not exceed.
 *
 * @param {readonly number[]} numbers
 * @param {number} share above 0, at most 1
 */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

/**
 * Where the run is: on a terminal one line that changes, else one line after the other.
 *
 * @param {string} text
 */
export function say(text) {
  stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

/**
 * A table of Markdown.
 *
 * @param {readonly string[]} heads
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function table(heads, rows) {
  const line = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The machine, and what else it does: the load as it was before the measurement. */
export function createConditions() {
  const [before = 0] = loadavg();
  const cores = cpus().length;
  const busy =
    before > IDLE_LOAD
      ? `**while the machine did other work** (load ${before.toFixed(1)} before the run)`
      : `on an idle machine (load ${before.toFixed(1)} before the run)`;
  return `Node ${process.version}, ${cores} cores shared by gateway and load generator, ${busy}.`;
}

const IDLE_LOAD = 0.5;

/**
 * Replaces the section of a script in docs/benchmarks.md.
 *
 * @param {string} name as in its markers
 * @param {string} text
 */
export async function writeSection(name, text) {
  const page = await readFile(PAGE, 'utf8');
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`"${start}" and "${end}" are not in ${PAGE}`);
  const before = page.slice(0, from + start.length);
  await writeFile(PAGE, `${before}\n${text.trim()}\n${page.slice(to)}`);
}
