import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { WRITE_MODES } from '../../../src/custom-data/write-mode.ts';
import { FORMAT_CASES } from '../../support/extended-json.cases.ts';
import { OPERATION_CASES } from '../../support/operation.cases.ts';
import { STORED, WRITE_MODE_CASES } from '../../support/write-mode.cases.ts';

/** Run with `UPDATE_DOCS=1` to write the tables instead of comparing them. */
const isUpdating = process.env.UPDATE_DOCS === '1';

function json(value: unknown): string {
  return `\`${JSON.stringify(value)}\``.replaceAll('|', '\\|');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const TABLES = [
  {
    file: 'extended-json.md',
    name: 'formats',
    text: table(
      ['BSON', '`CANONICAL`', '`RELAXED`', '`PLAIN`'],
      FORMAT_CASES.map(({ type, canonical, relaxed, plain }) => [
        type,
        json(canonical),
        JSON.stringify(relaxed) === JSON.stringify(canonical) ? 'the same' : json(relaxed),
        json(plain),
      ]),
    ),
  },
  {
    file: 'write-modes.md',
    name: 'modes',
    text: table(
      [`Written over ${json(STORED)}`, ...WRITE_MODES.map((mode) => `\`${mode}\``)],
      WRITE_MODE_CASES.map(({ what, input, results }) => [
        `${what}: ${json(input)}`,
        ...WRITE_MODES.map((mode) => json(results[mode])),
      ]),
    ),
  },
  {
    file: 'write-modes.md',
    name: 'operators',
    text: table(
      ['Rule', 'Before', 'Operator', 'After'],
      OPERATION_CASES.map(({ what, before, operation, after }) => [
        what,
        json(before),
        json(operation),
        after === null ? '`BAD_USER_INPUT`' : json(after),
      ]),
    ),
  },
];

test.each(TABLES)('docs/$file has the tested table of $name', ({ file, name, text }) => {
  const path = new URL(`../../../docs/${file}`, import.meta.url);
  const [before, rest] = readFileSync(path, 'utf8').split(`<!-- table:${name} -->`);
  const [documented, after] = `${rest}`.split(`<!-- /table:${name} -->`);
  if (isUpdating) {
    const marked = `<!-- table:${name} -->\n${text}\n<!-- /table:${name} -->`;
    writeFileSync(path, `${before}${marked}${after}`);
  } else {
    expect(documented?.trim()).toBe(text);
  }
});
