/** Queries that no index answers: they work in pieces, hold little, and end with whoever asked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type EmbeddedStore,
  openEmbeddedStore,
} from '../../../src/store/embedded/embedded-store.ts';
import type { ScannedPiece } from '../../../src/store/embedded/query-scan.ts';
import type { OperationLimits } from '../../../src/store/operation-limits.ts';
import type { DataMethod, DataService } from '../../../src/store/port.ts';
import { createTurns } from '../../../src/store/turns.ts';
import type { Document } from '../../../src/values/documents.ts';
import { toPlain } from '../../support/store-contract/data-calls.ts';

const MANY = 10_000;
const GROUPS = 100;
/** A machine of one speed: time passes when somebody looks at the clock, after each document at the latest. */
const MILLISECONDS_A_LOOK = 0.01;
let time = 0;

let dataDir: string;
let store: EmbeddedStore;
let service: DataService;
let pieces: ScannedPiece[] = [];
let onPiece: (piece: ScannedPiece) => void = () => undefined;

const run = async (
  collection: string,
  method: DataMethod,
  args: readonly unknown[],
  limits?: OperationLimits,
) => toPlain(await service.run({ database: 'd', collection, method, args }, limits));

/** Documents with `_id` 0 … in a new collection. */
async function fill(collection: string, count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, n) => ({ _id: n, n, group: n % GROUPS }));
  await run(collection, 'insertMany', [documents]);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-scans-'));
  store = await openEmbeddedStore({
    dataDir,
    now: Date.now,
    turns: createTurns(() => {
      time += MILLISECONDS_A_LOOK;
      return time;
    }),
    onPiece: (piece) => {
      pieces.push(piece);
      onPiece(piece);
    },
  });
  service = await store.dataService();
  await fill('many', MANY);
}, 120_000);
beforeEach(() => {
  pieces = [];
  onPiece = () => undefined;
});
afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
});

const readDocuments = () => pieces.reduce((sum, { documents }) => sum + documents, 0);

/** Counts how often the event loop comes round until `promise` has settled. */
async function countTurns(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  try {
    await promise;
  } finally {
    isOver = true;
  }
  return turns;
}

/** Limits that remember how many bytes were held at most. */
function createLimits(most = Number.POSITIVE_INFINITY) {
  const end = new AbortController();
  let held = 0;
  const limits = {
    peak: 0,
    end: () => end.abort(new Error('The call is over')),
    signal: end.signal,
    timeLeft: () => Number.POSITIVE_INFINITY,
    hold(bytes: number) {
      held += bytes;
      limits.peak = Math.max(limits.peak, held);
      if (held > most) throw new Error('That is too much memory');
    },
  };
  return limits;
}

describe('a query that reads a whole collection', () => {
  const reads: readonly (readonly [DataMethod, readonly unknown[], unknown])[] = [
    ['count', [{ n: { $gte: 0 } }], MANY],
    ['findOne', [{ n: -1 }], null],
    ['find', [{}, {}, { sort: { group: -1, n: 1 }, limit: 1 }], [{ _id: 99, n: 99, group: 99 }]],
    ['distinct', ['group'], expect.arrayContaining(Array.from({ length: GROUPS }, (_, n) => n))],
    ['aggregate', [[{ $match: { n: { $lt: 0 } } }]], []],
    ['aggregate', [[{ $group: { _id: null, n: { $sum: 1 } } }]], [{ _id: null, n: MANY }]],
    [
      'aggregate',
      [[{ $sort: { n: 1 } }, { $match: { n: 7 } }, { $project: { n: 1 } }]],
      [{ _id: 7, n: 7 }],
    ],
    ['aggregate', [[{ $match: { n: { $gte: 5 } } }, { $count: 'all' }]], [{ all: MANY - 5 }]],
  ];

  test.each(reads)(
    'lets everything else have its turn: %s %j',
    async (method, args, expected) => {
      const answer = run('many', method, args);
      expect(await countTurns(answer)).toBeGreaterThan(5);
      expect(await answer).toEqual(expected);
    },
    30_000,
  );

  const writes: readonly (readonly [DataMethod, readonly unknown[], unknown])[] = [
    ['updateMany', [{ group: { $gte: 0 } }, { $set: { m: 1 } }], { modifiedCount: 5000 }],
    ['updateOne', [{ n: 4999 }, { $set: { m: 2 } }], { modifiedCount: 1 }],
    ['findOneAndUpdate', [{}, { $set: { m: 3 } }, { sort: { n: -1 } }], { _id: 4999 }],
    ['findOneAndDelete', [{ n: 4998 }], { _id: 4998 }],
    ['deleteMany', [{ group: { $gte: 0 } }], { deletedCount: 4999 }],
  ];

  test('also when it writes', async () => {
    await fill('written', 5000);
    for (const [method, args, expected] of writes) {
      const answer = run('written', method, args);
      expect([method, (await countTurns(answer)) > 5]).toEqual([method, true]);
      expect(await answer).toMatchObject(expected as object);
    }
    expect(await run('written', 'count', [])).toBe(0);
  }, 30_000);

  test('is read in several transactions, each document once', async () => {
    let isChanged = false;
    onPiece = () => {
      if (isChanged) return;
      isChanged = true;
      void run('growing', 'insertMany', [[{ _id: -1 }, { _id: 100_000 }]]);
      void run('growing', 'deleteOne', [{ _id: 4_000 }]);
    };
    await fill('growing', 5_000);
    const found = (await run('growing', 'find', [{ n: { $ne: 1 } }])) as Document[];
    expect(pieces.length).toBeGreaterThan(2);
    const ids = found.map(({ _id }) => _id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(4_998);
  });

  test('ends when nobody waits for it any more', async () => {
    for (const [method, args] of [
      ['count', [{ n: { $gte: 0 } }]],
      ['find', [{}, {}, { sort: { n: 1 } }]],
      ['distinct', ['n']],
      ['aggregate', [[{ $group: { _id: '$n' } }]]],
      ['updateMany', [{ n: { $gte: 0 } }, { $set: { seen: true } }]],
      ['deleteMany', [{ n: { $gte: 0 } }]],
    ] as const) {
      const limits = createLimits();
      pieces = [];
      onPiece = () => {
        if (pieces.length === 2) limits.end();
      };
      await expect(run('many', method, args, limits)).rejects.toThrow('The call is over');
      expect(pieces).toHaveLength(2);
      await expect(run('many', method, args, limits)).rejects.toThrow('The call is over');
      expect(pieces).toHaveLength(2);
    }
    await run('many', 'updateMany', [{ seen: true }, { $unset: { seen: '' } }]);
  });
});

describe('what a query reads and holds', () => {
  beforeAll(() => fill('held', 5_000));
  const bytesOf = (documents: number) => documents * 50;

  test('count of everything reads no document', async () => {
    expect(await run('held', 'count', [])).toBe(5_000);
    expect(await run('held', 'count', [{}, { limit: 7 }])).toBe(7);
    expect(await run('held', 'count', [{}, { skip: 4_990, limit: 50 }])).toBe(10);
    expect(pieces).toEqual([]);
  });

  test.each([
    ['count', [{ n: { $gte: 0 } }], 0],
    ['find', [{}, {}, { skip: 5, limit: 5 }], 5],
    ['find', [{}, {}, { sort: { n: -1 }, skip: 5, limit: 5 }], 11],
    ['findOne', [{}, {}, { sort: { n: -1 } }], 2],
    ['aggregate', [[{ $sort: { n: -1 } }, { $skip: 5 }, { $limit: 5 }]], 11],
    ['aggregate', [[{ $match: { n: { $gte: 0 } } }, { $count: 'n' }]], 1],
    ['distinct', ['group'], GROUPS],
    ['find', [{}, { _id: 1 }, {}], 2_500],
  ] as const)('%s %j holds no more than it needs', async (method, args, most) => {
    const limits = createLimits();
    await run('held', method, args, limits);
    expect(limits.peak).toBeLessThanOrEqual(bytesOf(most));
  });

  test('a limit ends the reading', async () => {
    expect(await run('held', 'find', [{ n: { $gte: 0 } }, {}, { limit: 5 }])).toHaveLength(5);
    expect(readDocuments()).toBe(5);
  });

  test.each([
    ['find', [{}]],
    ['find', [{}, {}, { sort: { n: 1 } }]],
    ['distinct', ['n']],
    ['aggregate', [[{ $project: { n: 1 } }]]],
    ['aggregate', [[{ $limit: 1 }, { $lookup: { from: 'held', as: 'all', pipeline: [] } }]]],
    [
      'aggregate',
      [[{ $limit: 1 }, { $project: { all: { $range: [0, 50_000] } } }, { $unwind: '$all' }]],
    ],
  ] as const)('%s %j fails when it would hold too much', async (method, args) => {
    const limits = createLimits(100_000);
    await expect(run('held', method, args, limits)).rejects.toThrow('That is too much memory');
    expect(limits.peak).toBeLessThan(300_000);
  });
});
