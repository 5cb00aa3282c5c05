/** Writes the configuration table of README.md from the configuration itself: `npm run docs:config`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, default: string | undefined, description: string }} Variable */

const START = '<!-- config:start -->';
const END = '<!-- config:end -->';

/**
 * The variables as a Markdown table.
 *
 * @param {readonly Variable[]} variables
 */
export function renderConfigTable(variables) {
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|');
  const rows = variables.map(
    (variable) =>
      `| \`${variable.name}\` | ${variable.default === undefined ? '' : `\`${variable.default}\``} | ${cell(variable.description)} |`,
  );
  return ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
}

/**
 * `text` with `table` between the markers.
 *
 * @param {string} text
 * @param {string} table
 */
export function replaceConfigTable(text, table) {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) throw new Error(`"${START}" and "${END}" are not in the text`);
  return `${text.slice(0, start + START.length)}\n${table}\n${text.slice(end)}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  // Built before, so its path is no concern of the type checker.
  const { CONFIG_VARIABLES } = await import(String(new URL('../build/config.js', import.meta.url)));
  const file = new URL('../README.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, replaceConfigTable(text, renderConfigTable(CONFIG_VARIABLES)));
}
