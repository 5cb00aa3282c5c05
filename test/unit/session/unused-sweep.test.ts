import { describe, expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import type { UnusedProgress } from '../../../src/account/unused-progress.ts';
import { ObjectId } from '../../../src/bson.ts';
import { createLog } from '../../../src/log.ts';
import type { SessionRecord } from '../../../src/session/session-records.ts';
import { createUnusedSweep, type UnusedSweepParts } from '../../../src/session/unused-sweep.ts';

const DAY = 24 * 3600;
const NOW = 1_700_000_000;

/** An anonymous account that was made so many days ago. */
function anonymous(number: number, daysAgo: number): Account {
  const createdAt = new Date((NOW - daysAgo * DAY) * 1000);
  const time = ObjectId.createFromTime(createdAt.getTime() / 1000)
    .toHexString()
    .slice(0, 8);
  const _id = time + number.toString(16).padStart(16, '0');
  const identity = {
    id: _id,
    provider: 'anon-user',
    externalId: _id,
    data: {},
    createdAt,
  } as const;
  return {
    ...{ _id, createdAt, disabled: false, identities: [identity] },
    identityKeys: [`anon-user:${_id}`],
  };
}

/** A sweep over accounts in memory. */
function setUp(accounts: readonly Account[]) {
  const left = new Map(accounts.map((each) => [each._id, each]));
  const asked: number[] = [];
  let progress: UnusedProgress = {
    ...{ _id: 'unused', since: new Date(0), refreshTtlSeconds: 60 * DAY },
    ...{ accountsAfter: '', registrationsAfter: '' },
  };
  const world = {
    documents: new Set<string>(),
    sessions: [] as SessionRecord[],
    /** Whether a session is as it was read. */
    isUnchanged: () => true,
    /** What happens once the sessions have ended. */
    onEnded: (_userId: string) => undefined as unknown,
  };
  const warnings: unknown[] = [];
  const parts = {
    users: {
      accounts: {
        find: async (userId: string) => left.get(userId) ?? null,
        listBefore: async (after: string, before: string, limit: number) => {
          const page = [...left.values()]
            .filter(({ _id }) => _id > after && _id < before)
            .sort((one, other) => (one._id < other._id ? -1 : 1))
            .slice(0, limit);
          asked.push(page.length);
          return page;
        },
      },
      apiKeys: { ownersAmong: async () => new Set() },
      records: {
        listOf: async (ids: readonly string[]) =>
          world.sessions.filter(({ userId }) => ids.includes(userId)),
        endUnchanged: async ({ userId }: SessionRecord) => {
          if (!world.isUnchanged()) return false;
          world.onEnded(userId);
          return true;
        },
      },
      registrations: { listBefore: async () => [] },
      customData: { has: async (userId: string) => world.documents.has(userId) },
      deleteUser: async (userId: string, identityKeys: readonly string[]) => {
        const account = left.get(userId);
        if (account?.identityKeys.join() !== identityKeys.join()) return false;
        return left.delete(userId);
      },
    },
    progress: {
      find: async () => progress,
      save: async (fields: Partial<UnusedProgress>) => {
        progress = { ...progress, ...fields };
      },
    },
    config: {
      anonymousTtlSeconds: 90 * DAY,
      registrationTtlSeconds: 7 * DAY,
      token: { refreshTtlSeconds: 60 * DAY },
    },
    log: createLog('warn', { write: (line: string) => void warnings.push(JSON.parse(line)) }),
    now: () => NOW * 1000,
  } as unknown as UnusedSweepParts;
  const sweep = createUnusedSweep(parts);
  return { asked, left, sweep, warnings, world, progress: () => progress };
}

/** A session of the account that was refreshed last so many days ago. */
function session({ _id: userId, createdAt }: Account, daysAgo: number): SessionRecord {
  return {
    ...{ _id: `session-${userId}`, userId, createdAt, refreshMode: 'rotating' },
    expiresAt: new Date((NOW + (60 - daysAgo) * DAY) * 1000),
    ...{ refreshTokenHash: 'hash', traded: [] },
  } as unknown as SessionRecord;
}

describe('an unused account', () => {
  const old = anonymous(1, 400);

  test('goes, and a younger one or one that was refreshed since stays', async () => {
    const [young, refreshed, barely] = [anonymous(2, 89), anonymous(3, 400), anonymous(4, 400)];
    const { left, sweep, world } = setUp([old, young, refreshed, barely]);
    world.sessions.push(session(old, 91), session(refreshed, 89), session(barely, 90));
    await sweep.run();
    expect([...left.keys()]).toEqual([young._id, refreshed._id]);
  });

  test('stays if its session is refreshed at that moment', async () => {
    const { left, sweep, world } = setUp([old]);
    world.sessions.push(session(old, 91));
    world.isUnchanged = () => false;
    await sweep.run();
    expect(left.size).toBe(1);
  });

  test('stays if it gets a document at that moment', async () => {
    const { left, sweep, world } = setUp([old]);
    world.sessions.push(session(old, 91));
    world.onEnded = (userId) => world.documents.add(userId);
    await sweep.run();
    expect(left.size).toBe(1);
  });

  test('stays if it is linked at that moment', async () => {
    const { left, sweep, world } = setUp([old]);
    world.sessions.push(session(old, 91));
    const identityKeys = [...old.identityKeys, 'local-userpass:ada@example.com'];
    world.onEnded = (userId) => left.set(userId, { ...old, identityKeys });
    await sweep.run();
    expect(left.size).toBe(1);
  });
});

describe('a sweep', () => {
  test('looks at ten thousand in batches of a hundred, and the next goes on there', async () => {
    const { asked, left, progress, sweep, world } = setUp(
      Array.from({ length: 10_150 }, (_, number) => anonymous(number, 400)),
    );
    for (const userId of left.keys()) world.documents.add(userId);
    await sweep.run();
    expect(asked).toEqual(Array.from({ length: 100 }, () => 100));
    expect(progress().accountsAfter).toBe([...left.keys()][9999]);
    await sweep.run();
    expect(asked.slice(100)).toEqual([100, 50]);
    expect(progress().accountsAfter).toBe('');
  });

  test('that fails is logged, and the next begins where it did', async () => {
    const { progress, sweep, warnings, world } = setUp([anonymous(1, 400)]);
    world.documents.has = () => {
      throw new Error('away');
    };
    await sweep.run();
    expect(warnings).toHaveLength(1);
    expect(progress().accountsAfter).toBe('');
  });
});
