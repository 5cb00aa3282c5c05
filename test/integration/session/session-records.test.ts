import { beforeEach, expect, test } from '@jest/globals';
import { hashToken, tradeToken } from '../../../src/session/refresh-rotation.ts';
import {
  createSessionId,
  createSessionRecords,
  SESSIONS_COLLECTION,
  type SessionRecord,
  type SessionRecords,
} from '../../../src/session/session-records.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { formerHash } from '../../support/refresh-world.ts';
import { forEachStore } from '../../support/stores.ts';
import { HOLDER, START } from '../../support/test-tokens.ts';

const [R1, R2, R3] = ['a.one.s', 'a.two.s', 'a.three.s'] as const;
const EXPIRES = new Date(Date.now() + 3_600_000);

forEachStore('stored sessions', (openStore) => {
  let collection: DocumentCollection;
  let gateways: readonly [SessionRecords, SessionRecords];

  beforeEach(async () => {
    const [one, two] = [await openStore(), await openStore()];
    collection = await one.collection(SESSIONS_COLLECTION);
    const other = await two.collection(SESSIONS_COLLECTION);
    const open = (at: DocumentCollection) => createSessionRecords(at, () => START);
    gateways = [open(collection), open(other)];
  });

  async function insert(change: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const record: SessionRecord = {
      _id: createSessionId(START),
      userId: HOLDER.userId,
      createdAt: new Date(START),
      expiresAt: EXPIRES,
      refreshMode: 'rotating',
      refreshTokenHash: hashToken(R1),
      traded: [],
      ...change,
    };
    await gateways[0].insert(record);
    return record;
  }
  const stored = ({ _id, userId }: SessionRecord) => gateways[1].requireActive(_id, userId);

  test('are traded by one of two gateways that race', async () => {
    const record = await insert();
    const trade = (gateway: SessionRecords, next: string) =>
      gateway.rotate(record, { ...tradeToken(record, R1, next, START), expiresAt: EXPIRES });
    const done = await Promise.all([trade(gateways[0], R2), trade(gateways[1], R3)]);
    expect([...done].sort()).toEqual([false, true]);
    expect((await stored(record)).refreshTokenHash).toBe(hashToken(done[0] ? R2 : R3));
  });

  test('are not traded anew once another gateway has noted that the latest token is in use', async () => {
    const first = await insert();
    await gateways[0].rotate(first, tradeToken(first, R1, R2, START));
    const seen = await stored(first);
    expect(await gateways[1].rotate(seen, { latestPresented: true })).toBe(true);
    expect(await gateways[0].rotate(seen, tradeToken(seen, R1, R3, START))).toBe(false);
    const now = await stored(first);
    expect(now).toMatchObject({ refreshTokenHash: hashToken(R2), latestPresented: true });
    expect(await gateways[0].rotate(now, tradeToken(now, R2, R3, START))).toBe(true);
    expect(await stored(first)).toMatchObject({ latestPresented: false });
  });

  test('of the version before, which note nothing of that, are traded and get the new form', async () => {
    const former = await insert({ refreshTokenHash: formerHash(R1) });
    const seen = await stored(former);
    expect(seen).not.toHaveProperty('latestPresented');
    expect(await gateways[0].rotate(seen, tradeToken(seen, R1, R2, START))).toBe(true);
    expect(await stored(former)).toMatchObject({
      refreshTokenHash: hashToken(R2),
      latestPresented: false,
      traded: [{ hash: hashToken(R1) }],
    });
  });

  test('that ended are not traded', async () => {
    const record = await insert();
    await gateways[1].end(record._id);
    expect(await gateways[0].rotate(record, tradeToken(record, R1, R2, START))).toBe(false);
  });
});
