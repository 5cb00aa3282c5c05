/** Users whose deletion was cut off, or ran beside a write: nothing of them stays. */
import { describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { ACCOUNT_OPERATIONS, mustLogIn } from '../../support/account-operations.ts';
import { startGateway, type TestGatewayOptions } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createHold, withSteps } from '../../support/store-steps.ts';

const password = 'correct horse';
const DOCUMENTS = 'custom-user-data';
const MINUTE = 60_000;
/** Later than any request that runs now can still be under way. */
const LATER = () => Date.now() + 10 * MINUTE;

describeOnEveryStore('a deletion of a user', (provideStore) => {
  let count = 0;

  const start = (options: TestGatewayOptions = {}, env = {}) =>
    startGateway(
      {
        ...provideStore().env,
        PUBLIC_URL: 'http://gateway.example',
        CUSTOM_DATA_HISTORY: '5',
        DELETE_CUSTOM_DATA_WITH_USER: 'true',
        ...env,
      },
      options,
    );

  async function someone(send: SendOperation, kind: 'anonymous' | 'e-mail' = 'e-mail') {
    count += 1;
    const email = `interrupted-${count}@example.com`;
    const isAnonymous = kind === 'anonymous';
    if (!isAnonymous) await send(OPERATIONS.registerUser, { variables: { email, password } });
    const { accessToken: token, user } = await mustLogIn(
      send,
      isAnonymous ? { anonymous: true } : { emailPassword: { email, password } },
    );
    return { email, id: user.id, token };
  }

  async function someoneWithEverything(send: SendOperation, kind: 'anonymous' | 'e-mail') {
    const user = await someone(send, kind);
    const { token } = user;
    await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
    await send(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name: 'k' } });
    return user;
  }

  /** What there is of a user, by where it is; empty if there is nothing. */
  async function remains(id: string, email?: string): Promise<Record<string, number>> {
    const { openDocuments, readAll } = provideStore();
    const isTheirs = (document: Record<string, unknown>) =>
      document._id === id || document.userId === id || (email && document.email === email);
    const names = ['accounts', 'sessions', 'api-keys', 'registrations', 'user-deletions'];
    const found = await Promise.all([
      ...[...names, 'custom-data-history'].map(
        async (name) => [name, await readAll(name)] as const,
      ),
      (async () => [DOCUMENTS, await (await openDocuments()).find({})] as const)(),
    ]);
    return Object.fromEntries(
      found
        .map(([name, all]) => [name, all.filter(isTheirs).length] as const)
        .filter(([, number]) => number > 0),
    );
  }

  /** Starts gateways that look through the deletions, and at last one for which all are settled. */
  async function sweep(env = {}): Promise<void> {
    for (const now of [Date.now, LATER]) {
      const gateway = await start({ now }, env);
      await until(() => gateway.logText().includes('looked through the deletions of users'));
      await gateway.stop();
    }
  }

  test('cut off anywhere is completed after the next start', async () => {
    let left = Number.POSITIVE_INFINITY;
    const gateway = await start({
      wrapStore: withSteps(() => {
        left -= 1;
        if (left < 0) throw new Error('the process died here');
      }),
    });
    const send = createGraphQLClient(gateway.url);
    const users: { readonly id: string; readonly email: string; readonly isBegun: boolean }[] = [];
    let step = 0;
    for (let isCutOff = true; isCutOff; step += 1) {
      for (const kind of ['anonymous', 'e-mail'] as const) {
        const { email, id, token } = await someoneWithEverything(send, kind);
        left = step;
        isCutOff = (await send(ACCOUNT_OPERATIONS.deleteUser, { token })).code !== undefined;
        left = Number.POSITIVE_INFINITY;
        const account = (await provideStore().readAll('accounts')).find(({ _id }) => _id === id);
        users.push({
          email,
          id,
          isBegun: account === undefined || account.deletedAt !== undefined,
        });
      }
    }
    await gateway.stop();
    // The session, the account, the note and the mark on the account come first.
    expect(users.filter(({ isBegun }) => !isBegun)).toHaveLength(2 * 4);
    expect(users.filter(({ isBegun }) => isBegun).length).toBeGreaterThan(2 * 8);
    await sweep();
    for (const { email, id, isBegun } of users) {
      const left = await remains(id, email);
      if (isBegun) expect(left).toEqual({});
      else expect(left).toMatchObject({ accounts: 1, sessions: 1, 'api-keys': 1, [DOCUMENTS]: 1 });
    }
    const notes = await provideStore().readAll('user-deletions');
    expect(notes).toMatchObject([{ _id: 'earlier-noted' }]);
  }, 120_000);

  test('keeps the document unless it was to be deleted when the deletion began', async () => {
    const env = { DELETE_CUSTOM_DATA_WITH_USER: 'false' };
    const gateway = await start({}, env);
    const send = createGraphQLClient(gateway.url);
    const { id, token, email } = await someoneWithEverything(send, 'e-mail');
    await send(ACCOUNT_OPERATIONS.deleteUser, { token });
    await gateway.stop();
    await sweep();
    expect(await remains(id, email)).toEqual({ [DOCUMENTS]: 1, 'custom-data-history': 2 });
  }, 60_000);

  test('begun by a version that noted none is completed, in batches', async () => {
    const { openDocuments, openState, readAll } = provideStore();
    const ids = Array.from({ length: 110 }, () => new ObjectId().toHexString());
    const accounts = await openState('accounts');
    const insertions = ids.map((_id) =>
      accounts.insertOne({
        ...{ _id, createdAt: new Date(), disabled: true, sessionCuts: 1, deletedAt: new Date(0) },
        identities: [{ id: _id, provider: 'anon-user', externalId: _id, data: {} }],
        identityKeys: [`anon-user:${_id}`],
      }),
    );
    await Promise.all(insertions);
    const [id = ''] = ids;
    await (await openState('sessions')).insertOne({ _id: 'left', userId: id });
    await (await openState('api-keys')).insertOne({ _id: 'left', userId: id });
    await (await openDocuments()).insertOne({ userId: id });
    await (await openState('user-deletions')).deleteMany({});
    await sweep();
    expect(await remains(id)).toEqual({});
    const left = await readAll('accounts');
    expect(left.filter(({ _id }) => ids.includes(String(_id)))).toEqual([]);
  }, 60_000);

  test('that is over leaves alone whoever has the id by then', async () => {
    const gateway = await start();
    const send = createGraphQLClient(gateway.url);
    const { email, id, token } = await someoneWithEverything(send, 'e-mail');
    const { openDocuments, openState, readAll } = provideStore();
    const account = (await readAll('accounts')).find(({ _id }) => _id === id);
    await send(ACCOUNT_OPERATIONS.deleteUser, { token });
    await gateway.stop();
    await (await openState('accounts')).insertOne({ ...account });
    await (await openDocuments()).insertOne({ userId: id, imported: true });
    await sweep();
    expect(await remains(id, email)).toEqual({ accounts: 1, [DOCUMENTS]: 1 });
  }, 60_000);

  describe('beside a write on another gateway', () => {
    async function race(isDocumentThere: boolean) {
      const hold = createHold('compareAndSet', DOCUMENTS);
      const [slow, fast] = [await start({ wrapStore: withSteps(hold.before) }), await start()];
      const send = createGraphQLClient(fast.url);
      const user = await someone(send);
      const { token } = user;
      const variables = { data: { late: true } };
      if (isDocumentThere) await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
      const writing = createGraphQLClient(slow.url)(OPERATIONS.write, { token, variables });
      await hold.reached;
      expect((await send(ACCOUNT_OPERATIONS.deleteUser, { token })).code).toBeUndefined();
      // The address is free at once, for somebody else.
      await send(OPERATIONS.registerUser, { variables: { email: user.email, password } });
      const emailPassword = { email: user.email, password };
      const next = await mustLogIn(send, { emailPassword });
      expect(next.user.id).not.toBe(user.id);
      hold.release();
      const written = await writing;
      const afterwards = await remains(user.id);
      await Promise.all([slow.stop(), fast.stop()]);
      await sweep();
      expect(await remains(next.user.id)).toMatchObject({ accounts: 1, sessions: 1 });
      return { written, afterwards, left: await remains(user.id) };
    }

    test('refuses the next attempt of a write whose document is gone', async () => {
      const { written, afterwards, left } = await race(true);
      expect(written.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
      expect(afterwards).toEqual({ 'user-deletions': 1 });
      expect(left).toEqual({});
    }, 60_000);

    test('deletes once more what a first write has made since', async () => {
      const { written, afterwards, left } = await race(false);
      expect(written.code).toBeUndefined();
      expect(afterwards).toMatchObject({ [DOCUMENTS]: 1 });
      expect(left).toEqual({});
    }, 60_000);
  });
});

/** Resolves once `isTrue`; looks again whenever something has happened. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
