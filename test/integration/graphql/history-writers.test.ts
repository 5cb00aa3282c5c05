import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GatewayPair, startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { HISTORY_OPERATIONS, readHistory, readRevisions } from '../../support/history.ts';

const WRITERS = 50;
const HISTORY = 'custom-data-history';

describeOnEveryStore('the writers in a history', (provideStore) => {
  let pair: GatewayPair;

  beforeAll(async () => {
    pair = await startGatewayPair({ ...provideStore().env, CUSTOM_DATA_HISTORY: '100' });
  });
  afterAll(() => pair.stop());

  async function startUser() {
    const { accessToken: token, user } = await logInAnonymously(pair.send);
    const write = async (data: object) => {
      const answer = await pair.send(OPERATIONS.write, { token, variables: { data } });
      if (answer.code !== undefined) throw new Error(`The write was refused: ${answer.code}`);
      return answer.data.writeCustomUserData.user.customDataRevision as string;
    };
    const refresh = async () => {
      const { data } = await pair.send(OPERATIONS.refreshCustomData, { token });
      return data.refreshCustomData.user.customDataRevision as string | null;
    };
    return { token, userId: user.id as string, write, refresh };
  }

  test('a document made, changed and deleted past the gateway is noticed, as OUTSIDE', async () => {
    const { token, userId, refresh } = await startUser();
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId, a: 1 });
    const made = await refresh();
    const noticed = Date.now();
    await documents.updateOne({ userId }, { $set: { a: 2 } });
    await pair.send(OPERATIONS.write, { token, variables: { data: { b: 1 } } });
    await documents.deleteOne({ userId });
    const revisions = await readRevisions(pair.send, token);
    expect(revisions.map(({ writer, deleted }) => ({ writer, deleted }))).toStrictEqual([
      { writer: 'OUTSIDE', deleted: true },
      { writer: 'USER', deleted: false },
      { writer: 'OUTSIDE', deleted: false },
      { writer: 'OUTSIDE', deleted: false },
    ]);
    expect(revisions[3]?.revision).toBe(made);
    expect(revisions[2]?.changes).toStrictEqual([
      { path: '/a', kind: 'CHANGED', before: 1, after: 2 },
    ]);
    expect(Date.parse(`${revisions[2]?.at}`)).toBeGreaterThanOrEqual(noticed - 1000);
  });

  test('a log-in notices too', async () => {
    const email = `${Date.now()}@example.com`;
    const credentials = { emailPassword: { email, password: 'long enough' } };
    await pair.send(OPERATIONS.registerUser, { variables: credentials.emailPassword });
    const logIn = async () => {
      const { data } = await pair.send(OPERATIONS.logIn, { variables: { credentials } });
      return data.logIn;
    };
    const { user } = await logIn();
    await (await provideStore().openDocuments()).insertOne({ userId: user.id, a: 1 });
    await logIn();
    const entries = await provideStore().readAll(HISTORY);
    const own = entries.filter(({ userId }) => userId === user.id);
    expect(own.map(({ sequence, writer }) => [sequence, writer])).toContainEqual([1, 'OUTSIDE']);
  });

  test('a gateway that died before it wrote the history is made up for', async () => {
    const { token, userId, write } = await startUser();
    await write({ a: 1 });
    const revision = await write({ a: 2 });
    const history = await provideStore().openState(HISTORY);
    expect(await history.deleteOne({ userId, revision })).toStrictEqual({ deletedCount: 1 });
    expect(await readRevisions(pair.send, token)).toMatchObject([
      { revision, writer: 'USER', changes: [{ path: '/a', before: 1, after: 2 }] },
      { writer: 'USER' },
    ]);
  });

  test('a history that is lost begins anew with the document as it is', async () => {
    const { token, userId, write } = await startUser();
    await write({ a: 1 });
    const revision = await write({ a: 2 });
    await (await provideStore().openState(HISTORY)).deleteMany({ userId });
    const revisions = await readRevisions(pair.send, token);
    expect(revisions).toMatchObject([{ revision, writer: 'OUTSIDE' }]);
    expect(revisions[0]?.changes.map(({ kind }) => kind)).toStrictEqual(Array(3).fill('ADDED'));
  });

  test(`${WRITERS} writers through two gateways leave one history, without gaps`, async () => {
    const { token, userId, write, refresh } = await startUser();
    const written = await Promise.all(
      Array.from({ length: WRITERS }, (_, n) => write({ [`f${n}`]: n })),
    );
    const revisions = await readRevisions(pair.send, token, { first: 100 });
    expect(revisions[0]?.revision).toBe(await refresh());
    const ofWrites = revisions.map(({ revision }) => revision);
    expect([...ofWrites].sort()).toStrictEqual([...written].sort());
    expect(new Set(revisions.map(({ writer }) => writer))).toStrictEqual(new Set(['USER']));
    // Each revision adds one field to the one before it.
    const added = revisions.map(({ changes }) =>
      changes.map(({ kind, path }) => `${kind} ${path}`).filter((text) => !/_id|userId/.test(text)),
    );
    expect(added.flat().sort()).toStrictEqual(
      Array.from({ length: WRITERS }, (_, n) => `ADDED /f${n}`).sort(),
    );
    expect(added.every((paths) => paths.length === 1)).toBe(true);
    const entries = await provideStore().readAll(HISTORY);
    const numbers = entries
      .filter((entry) => entry.userId === userId)
      .map(({ sequence }) => Number(sequence));
    expect(numbers.sort((left, right) => left - right)).toStrictEqual(
      Array.from({ length: WRITERS + 1 }, (_, n) => n),
    );
  });

  test('two gateways that bring back two revisions at once write both, one after the other', async () => {
    const { token, write } = await startUser();
    const [one, two] = [await write({ a: 1 }), await write({ a: 2 })];
    await write({ a: 3 });
    await Promise.all(
      [one, two].map((revision) =>
        pair.send(HISTORY_OPERATIONS.restore, { token, variables: { revision } }),
      ),
    );
    const { edges } = await readHistory(pair.send, token);
    expect(edges).toHaveLength(5);
    const latest = edges.slice(0, 2).map(({ node }) => node.revision);
    expect(latest.sort()).toStrictEqual([one, two].sort());
  });
});
