import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../../src/log.ts';
import { type AuditEntry, createEntryMaker } from '../../../../src/session/audit/audit-entries.ts';
import { createAuditWriter, MAX_WAITING } from '../../../../src/session/audit/audit-writer.ts';

const makeEntry = createEntryMaker(60);
const entry = (userId = 'u') =>
  makeEntry({ type: 'USER_ENABLED', userId, actor: 'OPERATOR', at: new Date(0) });

/** A store that may be away, and what is told. */
function setUp() {
  const stored: AuditEntry[] = [];
  const lines: string[] = [];
  const results = { written: 0, dropped: 0 };
  const store = { isAway: false, atOnce: 0, most: 0 };
  const writer = createAuditWriter({
    entries: {
      async add(each) {
        store.atOnce += 1;
        store.most = Math.max(store.most, store.atOnce);
        await Promise.resolve();
        store.atOnce -= 1;
        if (store.isAway) throw new Error('away');
        stored.push(each);
      },
    },
    log: createLog('warn', { write: (line: string) => void lines.push(JSON.parse(line).msg) }),
    onResult: (result, count) => {
      results[result] += count;
    },
  });
  return { lines, results, store, stored, writer };
}

describe('the writer of the audit log', () => {
  test('writes what waits, a hundred at once, each entry once', async () => {
    const { results, store, stored, writer } = setUp();
    for (let n = 0; n < 250; n += 1) writer.add(entry());
    await Promise.all([writer.flush(), writer.flush()]);
    expect(new Set(stored.map(({ _id }) => _id)).size).toBe(250);
    expect(stored).toHaveLength(250);
    expect(store.most).toBe(100);
    expect(results).toEqual({ written: 250, dropped: 0 });
  });

  test('keeps what the store does not take, in its order, and says so once', async () => {
    const { lines, stored, store, writer } = setUp();
    store.isAway = true;
    const users = Array.from({ length: 101 }, (_user, n) => `user ${n}`);
    for (const user of users) writer.add(entry(user));
    await writer.flush();
    writer.add(entry('last'));
    await writer.flush();
    expect(lines).toEqual(['the audit log cannot be written, its entries wait']);
    store.isAway = false;
    await writer.flush();
    expect(stored.map(({ userId }) => userId)).toEqual([...users, 'last']);
  });

  test('drops what is too much to wait, and counts it', async () => {
    const { results, writer } = setUp();
    for (let n = 0; n < MAX_WAITING + 3; n += 1) writer.add(entry());
    expect(results).toEqual({ written: 0, dropped: 3 });
    await writer.close();
    expect(results).toEqual({ written: MAX_WAITING, dropped: 3 });
  });

  test('says at its end how many entries are lost with a store that is away', async () => {
    const { lines, results, store, writer } = setUp();
    store.isAway = true;
    writer.add(entry());
    await writer.close();
    expect(lines.at(-1)).toBe('entries of the audit log are lost');
    expect(results.dropped).toBe(1);
  });
});

test('entries of one moment have ids in the order in which they were made, before those of later ones', () => {
  const made = [0, 0, 0, 1, 2 ** 40].map((time) =>
    makeEntry({ type: 'USER_ENABLED', userId: 'u', actor: 'OPERATOR', at: new Date(time) }),
  );
  const ids = made.map(({ _id }) => _id);
  expect([...ids].sort()).toEqual(ids);
  expect(made[0]?.expiresAt).toEqual(new Date(60_000));
});
