import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readLines, readObjects } from '../../../../src/commands/moving/read-rows.ts';
import { createTemporaryDirectory } from '../../../support/gateway.ts';

let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
beforeAll(async () => {
  directory = await createTemporaryDirectory();
});
afterAll(() => directory.remove());

async function read(reader: typeof readLines, content: string | Uint8Array, maxBytes = 1000) {
  const file = join(directory.path, 'rows');
  await writeFile(file, content);
  const rows: unknown[] = [];
  for await (const { line, text, problem } of reader({ file, maxBytes })) {
    rows.push(problem === undefined ? [line, text] : [line, { problem }]);
  }
  return rows;
}

const CUT_OFF = { problem: 'The file ends in the middle of this row' };

describe('lines', () => {
  test('are numbered from 1; empty ones count and are left out', async () => {
    expect(await read(readLines, '{"a":1}\n\n \r\n{"b":2}\r\n')).toEqual([
      [1, '{"a":1}'],
      [4, '{"b":2}\r'],
    ]);
  });

  test('the last needs no line feed, but must be whole', async () => {
    expect(await read(readLines, '{}\n{"a":1}')).toEqual([
      [1, '{}'],
      [2, '{"a":1}'],
    ]);
    expect(await read(readLines, '{}\n{"a":')).toEqual([
      [1, '{}'],
      [2, CUT_OFF],
    ]);
  });

  test('one that is too long, or not UTF-8, is a problem of its own', async () => {
    const long = `"${'x'.repeat(600_000)}"`;
    expect(await read(readLines, `{}\n${long}\n{}\n`)).toEqual([
      [1, '{}'],
      [2, { problem: 'The row is longer than 1000 bytes' }],
      [3, '{}'],
    ]);
    const bad = Buffer.concat([Buffer.from('"'), Buffer.from([0xff]), Buffer.from('"\n{}\n')]);
    expect(await read(readLines, bad)).toEqual([
      [1, { problem: 'The row is not UTF-8' }],
      [2, '{}'],
    ]);
  });

  test('may be longer than what is read at once', async () => {
    const long = JSON.stringify('é'.repeat(400_000));
    expect(await read(readLines, `${long}\n`, 2_000_000)).toEqual([[1, long]]);
  });

  test('a mark at the beginning of the file is no part of them', async () => {
    expect(await read(readLines, '\ufeff{}\n')).toEqual([[1, '{}']]);
  });
});

describe('objects', () => {
  const first = '{"a": "}]\\"{", "b": [{}]}';
  test.each([
    ['a list', `[\n${first},\n{"c":1}\n]\n`, [2, 3]],
    ['two lists, one after the other', `[${first}]\n[{"c":1}]`, [1, 2]],
    ['one a line', `${first}\n{"c":1}\n`, [1, 2]],
  ])('of %s are found with the lines that they begin in', async (_what, content, lines) => {
    expect(await read(readObjects, content)).toEqual([
      [lines[0], first],
      [lines[1], '{"c":1}'],
    ]);
  });

  test('may go over several lines and be longer than what is read at once', async () => {
    const long = `{\n"a": "${'x'.repeat(600_000)}"\n}`;
    expect(await read(readObjects, `[\n${long}, {}]`, 1_000_000)).toEqual([
      [2, long],
      [4, '{}'],
    ]);
  });

  test('a file that ends too early says where', async () => {
    expect(await read(readObjects, '[{},\n{"a":')).toEqual([
      [1, '{}'],
      [2, CUT_OFF],
    ]);
    expect(await read(readObjects, '[{},\n{}\n')).toEqual([
      [1, '{}'],
      [2, '{}'],
      [3, { problem: 'The list has no end' }],
    ]);
  });

  test('what is neither an object nor a list ends it', async () => {
    const problem = 'From here on it is no list of objects';
    expect(await read(readObjects, '[{},\n"a", {}]')).toEqual([
      [1, '{}'],
      [2, { problem }],
    ]);
    expect(await read(readObjects, '<html>')).toEqual([[1, { problem }]]);
    expect(await read(readObjects, '[[{}]]')).toEqual([[1, { problem }]]);
  });
});
