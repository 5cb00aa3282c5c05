import { expect, test } from '@jest/globals';
import {
  importRows,
  MAX_SEEN_KEYS,
  type Outcome,
  type Refusal,
} from '../../../../src/commands/moving/import-rows.ts';
import type { Row } from '../../../../src/commands/moving/read-rows.ts';

interface Options {
  readonly store?: (items: readonly string[]) => Promise<readonly Outcome[]>;
  readonly stopAfter?: number;
  readonly isDryRun?: boolean;
}

/** Imports rows whose key is their first character. */
async function run(
  texts: Iterable<string>,
  { isDryRun = false, stopAfter = Infinity, store }: Options = {},
) {
  const batches: number[] = [];
  const refusals: Refusal[] = [];
  let read = 0;
  async function* rows(): AsyncGenerator<Row> {
    for (const text of texts) {
      read += 1;
      yield { line: read, position: read, text };
    }
  }
  const all = async (items: readonly string[]) => {
    batches.push(items.length);
    return items.map(() => ({ type: 'IMPORTED' }) as const);
  };
  const summary = await importRows<string>({
    rows: rows(),
    parse: (text) => ({ item: text, keys: [['the key', text.slice(0, 8)]] }),
    store: store ?? all,
    onBatch: async (refused) => {
      refusals.push(...refused);
    },
    isStopped: () => read > stopAfter,
    onProgress: () => undefined,
    isDryRun,
  });
  return { ...summary, batches, refusals };
}

const numbered = (count: number, more = '') =>
  Array.from({ length: count }, (_none, index) => `${String(index).padStart(8)}${more}`);

test('no more than 50 rows are stored at once', async () => {
  expect((await run(numbered(120))).batches).toEqual([50, 50, 20]);
});

test('rows that are long are stored before they take more than 8 MiB', async () => {
  const { batches, imported } = await run(numbered(10, 'x'.repeat(3 * 1024 * 1024)));
  expect({ batches, imported }).toEqual({ batches: [3, 3, 3, 1], imported: 10 });
});

test('a store that fails ends it, and what was imported before is said', async () => {
  const failure = new Error('away');
  let batches = 0;
  const store = async (items: readonly string[]) => {
    batches += 1;
    if (batches > 1) throw failure;
    return items.map(() => ({ type: 'IMPORTED' }) as const);
  };
  expect(await run(numbered(450), { store })).toMatchObject({ imported: 50, failure });
});

test('told to stop it stores what it has read, and begins nothing more', async () => {
  const { imported, isInterrupted, line } = await run(numbered(450), { stopAfter: 250 });
  expect({ imported, isInterrupted, line }).toEqual({
    imported: 250,
    isInterrupted: true,
    line: 250,
  });
});

test('of two rows of a batch with one key the second is refused', async () => {
  const { imported, refusals } = await run(['same key', 'another!', 'same key']);
  expect(imported).toBe(2);
  expect(refusals).toEqual([{ line: 3, reason: 'Line 1 has the key as well' }]);
});

test('a dry run, which cannot ask the store, compares rows of different batches as well', async () => {
  const { refusals } = await run([...numbered(250), ...numbered(1)], { isDryRun: true });
  expect(refusals).toEqual([{ line: 251, reason: 'Line 1 has the key as well' }]);
});

test('a dry run holds no more than a million keys', async () => {
  function* many() {
    for (let index = 0; index <= MAX_SEEN_KEYS + 200; index += 1) yield String(index).padStart(8);
    yield* numbered(1);
  }
  const { imported, refused } = await run(many(), { isDryRun: true });
  expect({ imported, refused }).toEqual({ imported: MAX_SEEN_KEYS + 202, refused: 0 });
});
