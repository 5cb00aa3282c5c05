import { describe, expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import type { Deletion } from '../../../src/account/deletions.ts';
import { createLog } from '../../../src/log.ts';
import {
  createDeletionSweep,
  type DeletionSweepParts,
} from '../../../src/session/deletion-sweep.ts';

const NOW = 1_700_000_000_000;
const SETTLE = 60_000;

/** A deletion that was cleared so many milliseconds ago. */
function deletion(number: number, clearedBefore: number): Deletion {
  const _id = String(number).padStart(24, '0');
  const clearedAt = new Date(NOW - clearedBefore);
  return { _id, begunAt: clearedAt, deletesDocument: true, clearedAt };
}

/** A sweep over deletions in memory; what `fails` picks cannot be looked at. */
function setUp(noted: readonly Deletion[], fails: (userId: string) => boolean = () => false) {
  const left = new Map(noted.map((each) => [each._id, each]));
  const pages: number[] = [];
  const deleted: string[] = [];
  const warnings: string[] = [];
  let isStoreAway = false;
  const parts = {
    accounts: {
      findWithDeleted: async (userId: string): Promise<Account | null> => {
        if (fails(userId)) throw new Error('broken');
        return null;
      },
      listWithDeleted: async () => [],
    },
    apiKeys: { deleteAll: async () => undefined },
    endStored: async (userId: string) => void deleted.push(userId),
    tell: () => undefined,
    customData: {
      delete: async () => ({ result: { deletedCount: 0 } }),
      deleteHistory: async () => undefined,
    },
    deletions: {
      areEarlierNoted: async () => true,
      list: async (after: string, limit: number) => {
        if (isStoreAway) throw new Error('away');
        const page = [...left.values()].filter(({ _id }) => _id > after).slice(0, limit);
        pages.push(page.length);
        return page;
      },
      remove: async ({ _id }: Deletion) => void left.delete(_id),
    },
    registrations: {},
    deletesDocument: true,
    log: createLog('warn', { write: (line: string) => void warnings.push(JSON.parse(line).msg) }),
    now: () => NOW,
    settle: SETTLE,
  } as unknown as DeletionSweepParts;
  const sweep = createDeletionSweep(parts);
  return { deleted, left, pages, sweep, warnings, goAway: () => (isStoreAway = true) };
}

describe('sweeping deletions', () => {
  test('goes through them in batches of a hundred', async () => {
    const { deleted, left, pages, sweep } = setUp(
      Array.from({ length: 250 }, (_, n) => deletion(n, SETTLE)),
    );
    await sweep.run();
    expect(pages).toEqual([100, 100, 50]);
    expect(deleted).toHaveLength(250);
    expect(left.size).toBe(0);
  });

  test('waits with the last look until requests that were under way are over', async () => {
    const { deleted, left, sweep } = setUp([deletion(1, SETTLE - 1), deletion(2, SETTLE)]);
    await sweep.run();
    expect(deleted).toEqual([deletion(2, 0)._id]);
    expect([...left.keys()]).toEqual([deletion(1, 0)._id]);
  });

  test('leaves none undone because another one fails, and logs it', async () => {
    const bad = deletion(1, SETTLE)._id;
    const { left, sweep, warnings } = setUp(
      [deletion(0, SETTLE), deletion(1, SETTLE), deletion(2, SETTLE)],
      (userId) => userId === bad,
    );
    await sweep.run();
    expect([...left.keys()]).toEqual([bad]);
    expect(warnings).toEqual(['the deletion of a user is not complete']);
  });

  test('does not fail without the store', async () => {
    const { goAway, sweep, warnings } = setUp([]);
    goAway();
    await sweep.run();
    expect(warnings).toEqual(['the deletions of users could not be looked through']);
  });

  test('ends between two deletions when it is stopped', async () => {
    const { left, sweep } = setUp(Array.from({ length: 10 }, (_, n) => deletion(n, SETTLE)));
    const running = sweep.run();
    await sweep.stop();
    await running;
    expect(left.size).toBeGreaterThan(0);
  });
});
