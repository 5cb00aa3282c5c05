import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway, useEmbeddedGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import {
  askHistory,
  HISTORY_OPERATIONS,
  readHistory,
  readRevisions,
} from '../../support/history.ts';

const KEPT = 5;

describeOnEveryStore('the history of a document', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let time = Date.now();

  beforeAll(async () => {
    const env = { ...provideStore().env, CUSTOM_DATA_HISTORY: String(KEPT) };
    gateway = await startGateway(env, { now: () => time });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  async function startUser() {
    const { accessToken: token, user } = await logInAnonymously(send);
    const write = async (data: object, mode = 'MERGE') => {
      time += 1000;
      const answer = await send(OPERATIONS.write, { token, variables: { data, mode } });
      if (answer.code !== undefined) throw new Error(`The write was refused: ${answer.code}`);
      return answer.data.writeCustomUserData.user.customDataRevision as string;
    };
    const restore = (revision: string, expectedRevision?: string) =>
      send(HISTORY_OPERATIONS.restore, { token, variables: { revision, expectedRevision } });
    return { token, write, restore, userId: user.id as string };
  }

  test('lists what was written, the newest first, with time, writer, difference and document', async () => {
    const { token, write, userId } = await startUser();
    const first = await write({ color: 'blue', tags: ['a'] });
    const firstAt = new Date(time).toISOString();
    const second = await write({ color: 'red', tags: ['a', 'b'], nested: { x: 1 } });
    const [newest, oldest, ...others] = await readRevisions(send, token);
    expect(others).toStrictEqual([]);
    expect(newest).toStrictEqual({
      revision: second,
      at: new Date(time).toISOString(),
      writer: 'USER',
      deleted: false,
      customData: expect.objectContaining({ color: 'red', tags: ['a', 'b'], nested: { x: 1 } }),
      changes: [
        { path: '/color', kind: 'CHANGED', before: 'blue', after: 'red' },
        { path: '/tags/1', kind: 'ADDED', before: null, after: 'b' },
        { path: '/nested', kind: 'ADDED', before: null, after: { x: 1 } },
      ],
    });
    expect(oldest).toMatchObject({ revision: first, at: firstAt, writer: 'USER', deleted: false });
    expect(oldest?.changes.map(({ path, kind }) => `${kind} ${path}`)).toStrictEqual([
      ...['ADDED /_id', 'ADDED /userId', 'ADDED /color', 'ADDED /tags'],
    ]);
    expect(oldest?.changes[1]?.after).toBe(userId);
    expect(oldest?.changes[0]?.after).toBe(oldest?.customData?._id);
  });

  test('the newest revision is the one that the token carries', async () => {
    const { token, write } = await startUser();
    const revision = await write({ a: 1 });
    const refreshed = await send(OPERATIONS.refreshCustomData, { token });
    expect(refreshed.data.refreshCustomData.user.customDataRevision).toBe(revision);
    expect((await readRevisions(send, token))[0]?.revision).toBe(revision);
  });

  test('a write that changes nothing is no revision', async () => {
    const { token, write } = await startUser();
    await write({ a: 1 });
    await write({ a: 1 });
    expect(await readRevisions(send, token)).toHaveLength(1);
  });

  test('a user who has no document has an empty history', async () => {
    const { token } = await startUser();
    expect(await readHistory(send, token)).toStrictEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test('a deletion is a revision that is null, and what was before can be brought back', async () => {
    const { token, write, restore } = await startUser();
    const revision = await write({ a: 1, b: { $numberLong: '5' } });
    await send(OPERATIONS.delete, { token });
    const [deletion] = await readRevisions(send, token);
    expect(deletion).toMatchObject({
      ...{ revision: null, writer: 'USER', deleted: true, customData: null },
    });
    expect(deletion?.changes.map(({ kind }) => kind)).toStrictEqual(Array(4).fill('REMOVED'));
    const restored = await restore(revision, '');
    expect(restored.data.restoreCustomUserData.customData).toMatchObject({ a: 1, b: 5 });
    const [, again] = await readRevisions(send, token);
    expect(again).toStrictEqual(deletion);
  });

  test('values are shown in the format asked for', async () => {
    const { token, write } = await startUser();
    await write({ n: 1 });
    await write({ n: { $numberLong: '2' } });
    const { data } = await send(
      `{ me { customDataHistory(first: 1) { edges { node {
        canonical: customData(format: CANONICAL)
        changes { relaxed: after canonical: after(format: CANONICAL) before(format: CANONICAL) }
      } } } } }`,
      { token },
    );
    const [{ node }] = data.me.customDataHistory.edges;
    expect(node.canonical).toMatchObject({ n: { $numberLong: '2' } });
    expect(node.changes).toStrictEqual([
      { relaxed: 2, canonical: { $numberLong: '2' }, before: { $numberInt: '1' } },
    ]);
  });

  test(`keeps ${KEPT} revisions, each with its difference, and forgets older ones`, async () => {
    const { token, write, restore, userId } = await startUser();
    const written: string[] = [];
    for (let n = 1; n <= KEPT + 3; n += 1) written.push(await write({ n }));
    const revisions = await readRevisions(send, token);
    expect(revisions.map(({ revision }) => revision)).toStrictEqual(written.slice(-KEPT).reverse());
    expect(revisions.at(-1)?.changes).toStrictEqual([
      { path: '/n', kind: 'CHANGED', before: 3, after: 4 },
    ]);
    for (const forgotten of written.slice(0, -KEPT)) {
      expect(await restore(forgotten)).toMatchObject({ status: 200, code: 'REVISION_NOT_FOUND' });
    }
    const kept = await provideStore().readAll('custom-data-history');
    expect(kept.filter((entry) => entry.userId === userId)).toHaveLength(KEPT + 1);
  });

  test('pages put together are the whole', async () => {
    const { token, write } = await startUser();
    for (let n = 1; n <= 5; n += 1) await write({ n });
    const whole = await readHistory(send, token);
    for (const first of [1, 2, 3, 5, 100]) {
      const edges: unknown[] = [];
      let after: string | null = null;
      for (let hasNext = true, page = 0; hasNext; page += 1) {
        const { edges: found, pageInfo } = await readHistory(send, token, { first, after });
        expect(pageInfo).toMatchObject({
          hasPreviousPage: page > 0,
          endCursor: found.at(-1)?.cursor,
        });
        expect(found.length).toBeLessThanOrEqual(first);
        edges.push(...found);
        after = pageInfo.endCursor;
        hasNext = pageInfo.hasNextPage;
      }
      expect(edges).toStrictEqual(whole.edges);
    }
  });

  test('a cursor that was not given to this user, and a senseless size, are BAD_USER_INPUT', async () => {
    const { token, write } = await startUser();
    const other = await startUser();
    await write({ a: 1 });
    await other.write({ a: 1 });
    const { pageInfo } = await readHistory(send, other.token);
    const cursors = [pageInfo.endCursor, '', 'AAAA', `${pageInfo.endCursor}=`, '5', '☃'.repeat(22)];
    for (const after of cursors) {
      expect(await askHistory(send, token, { after })).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    for (const first of [0, -1, 101]) {
      expect(await askHistory(send, token, { first })).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  test('reading needs a live session; restoring too', async () => {
    const { token, write, restore } = await startUser();
    const revision = await write({ a: 1 });
    await send(OPERATIONS.logOut, { token });
    for (const answer of [await askHistory(send, token), await restore(revision)]) {
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      expect(answer.errors?.[0]?.extensions.reason).toBe('SESSION_ENDED');
    }
    expect(await send(HISTORY_OPERATIONS.restore, { variables: { revision } })).toMatchObject({
      ...{ status: 401, code: 'UNAUTHENTICATED' },
    });
  });

  test('restoring is a write: BSON types come back, it is a revision itself, and claims follow', async () => {
    const { token, write, restore } = await startUser();
    const revision = await write({
      ...{ long: { $numberLong: '7' }, at: { $date: '2026-01-31T09:30:00Z' }, gone: [1] },
    });
    await write({ other: true, long: 'text' }, 'REPLACE');
    const { data, code } = await restore(revision);
    expect(code).toBeUndefined();
    const { accessToken, user, result } = data.restoreCustomUserData;
    expect(result).toStrictEqual({ matchedCount: 1, modifiedCount: 1 });
    const { data: seen } = await send(
      '{ me { customDataRevision customData(format: CANONICAL) } }',
      {
        token: accessToken,
      },
    );
    expect(seen.me.customDataRevision).toBe(user.customDataRevision);
    const { _id, userId, ...fields } = seen.me.customData;
    expect(fields).toStrictEqual({
      long: { $numberLong: '7' },
      at: { $date: { $numberLong: '1769851800000' } },
      gone: [{ $numberInt: '1' }],
    });
    const [newest] = await readRevisions(send, token);
    expect(newest).toMatchObject({ revision: user.customDataRevision, writer: 'USER' });
  });

  test('restoring is compare-and-set if asked for', async () => {
    const { write, restore } = await startUser();
    const old = await write({ a: 1 });
    const current = await write({ a: 2 });
    const refused = await restore(old, old);
    expect(refused).toMatchObject({ code: 'REVISION_CONFLICT' });
    expect(refused.errors?.[0]?.extensions.currentRevision).toBe(current);
    expect((await restore(old, current)).code).toBeUndefined();
  });

  test('a revision that never was is REVISION_NOT_FOUND, and nothing is written', async () => {
    const { token, write, restore } = await startUser();
    await write({ a: 1 });
    const other = await startUser();
    const foreign = await other.write({ a: 2 });
    for (const revision of ['', 'nonsense', foreign]) {
      expect(await restore(revision)).toMatchObject({ code: 'REVISION_NOT_FOUND' });
    }
    expect(await readRevisions(send, token)).toHaveLength(1);
  });

  test('me costs no store operation, a write and a refresh what docs/history.md says', async () => {
    const { token, write } = await startUser();
    gateway.takeStoreOperations();
    await send(OPERATIONS.me, { token });
    expect(gateway.takeStoreOperations()).toStrictEqual([]);
    await write({ n: 1 });
    gateway.takeStoreOperations();
    await write({ n: 2 });
    expect(gateway.takeStoreOperations().sort()).toStrictEqual([
      ...['find', 'find', 'find', 'findAndModify', 'insert', 'update'],
    ]);
    await send(OPERATIONS.refreshCustomData, { token });
    expect(gateway.takeStoreOperations()).toStrictEqual(['find', 'find', 'find']);
    for (let n = 3; n <= KEPT + 1; n += 1) await write({ n });
    gateway.takeStoreOperations();
    await write({ n: 0 });
    expect(gateway.takeStoreOperations().sort()).toStrictEqual([
      ...['delete', 'find', 'find', 'find', 'findAndModify', 'insert', 'update'],
    ]);
  });
});

describe('without a history', () => {
  const gateway = useEmbeddedGateway();

  test('it is null, restoring is BAD_USER_INPUT, and nothing costs more', async () => {
    const send = createGraphQLClient(gateway().url);
    const { accessToken: token } = await logInAnonymously(send);
    gateway().takeStoreOperations();
    const { data } = await askHistory(send, token);
    expect(data.me.customDataHistory).toBeNull();
    expect(gateway().takeStoreOperations()).toStrictEqual([]);
    const written = await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
    expect(gateway().takeStoreOperations()).toStrictEqual(['find', 'find', 'insert']);
    await send(OPERATIONS.refreshCustomData, { token });
    expect(gateway().takeStoreOperations()).toStrictEqual(['find', 'find']);
    const revision = written.data.writeCustomUserData.user.customDataRevision;
    const restored = await send(HISTORY_OPERATIONS.restore, { token, variables: { revision } });
    expect(restored).toMatchObject({ status: 200, code: 'BAD_USER_INPUT' });
    expect(restored.errors?.[0]?.message).toBe('No history of documents is kept');
  });
});
