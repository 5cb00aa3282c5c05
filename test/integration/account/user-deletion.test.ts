import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ACCOUNT_OPERATIONS,
  logIn,
  logInByEmail,
  mustLogIn,
} from '../../support/account-operations.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const password = 'correct horse';

describeOnEveryStore('deleting a user', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;
  /** When set, the next operations on the store fail as of the one with this number. */
  let failAt = Number.POSITIVE_INFINITY;
  let operations = 0;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, {
      onStoreOperation: () => {
        operations += 1;
        if (operations >= failAt) throw new Error('the process died here');
      },
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  async function someone() {
    count += 1;
    const email = `delete-${count}@example.com`;
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    const session = await mustLogIn(send, { emailPassword: { email, password } });
    const { accessToken: token } = session;
    await send(OPERATIONS.write, { token, variables: { data: { kept: true } } });
    const { data } = await send(ACCOUNT_OPERATIONS.createApiKey, {
      token,
      variables: { name: 'k' },
    });
    return { email, key: data.createApiKey.key as string, token, session, id: session.user.id };
  }
  const remains = async (userId: string, email: string) => {
    const { readAll } = provideStore();
    const counts = await Promise.all([
      readAll('accounts').then((all) => all.filter(({ _id }) => _id === userId)),
      readAll('sessions').then((all) => all.filter((session) => session.userId === userId)),
      readAll('api-keys').then((all) => all.filter((apiKey) => apiKey.userId === userId)),
      readAll('registrations').then((all) => all.filter((each) => each.email === email)),
    ]);
    return counts.map(({ length }) => length);
  };
  const documentsOf = async (userId: string) =>
    (await provideStore().openDocuments()).find({ userId });

  test('ends the sessions, the keys and the e-mail address; the document stays', async () => {
    const { email, id, key, session, token } = await someone();
    expect((await send(ACCOUNT_OPERATIONS.deleteUser, { token })).data.deleteUser).toBe(true);
    expect(await remains(id, email)).toEqual([0, 0, 0, 0]);
    expect(await documentsOf(id)).toMatchObject([{ kept: true }]);
    const { refreshToken } = session;
    const refreshed = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
    expect(refreshed.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    const again = await send(ACCOUNT_OPERATIONS.deleteUser, { token });
    expect(again.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    expect((await logIn(send, { apiKey: { key } })).code).toBe('INVALID_CREDENTIALS');
    expect((await logInByEmail(send, email, password)).errors?.[0]?.extensions).toEqual({
      code: 'INVALID_CREDENTIALS',
    });
  });

  test('frees the address for somebody new', async () => {
    const { email, id, token } = await someone();
    await send(ACCOUNT_OPERATIONS.deleteUser, { token });
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    const { user } = await mustLogIn(send, { emailPassword: { email, password } });
    expect(user.id).not.toBe(id);
    expect(user.customData).toBeNull();
  });

  test('leaves nothing usable wherever it is cut off, and can be completed', async () => {
    for (let step = 2; step <= 11; step += 1) {
      const { email, id, key, session, token } = await someone();
      operations = 0;
      failAt = step;
      const cutOff = await send(ACCOUNT_OPERATIONS.deleteUser, { token });
      failAt = Number.POSITIVE_INFINITY;
      if (cutOff.code === undefined) break;
      // The account is looked up and the deletion noted before the first step; from then on nothing can be used.
      const isBegun = step > 4;
      const expected = isBegun ? 'refused' : 'accepted';
      const outcome = ({ code }: { code: string | undefined }) =>
        code === undefined ? 'accepted' : 'refused';
      const { refreshToken } = session;
      expect(outcome(await logIn(send, { apiKey: { key } }))).toBe(expected);
      if (isBegun) {
        const refreshed = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
        expect(outcome(refreshed)).toBe('refused');
      }
      // The next registration or log-in with the address finds the way clear.
      await send(OPERATIONS.registerUser, { variables: { email, password } });
      const { user } = await mustLogIn(send, { emailPassword: { email, password } });
      expect(user.id === id).toBe(!isBegun);
      if (isBegun) expect((await remains(id, 'nobody'))[0]).toBe(0);
    }
  });

  test('and logging in at once leave no session of a user who is gone', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { email, id, token } = await someone();
      const [, ...logIns] = await Promise.all([
        send(ACCOUNT_OPERATIONS.deleteUser, { token }),
        ...Array.from({ length: 4 }, () => logInByEmail(send, email, password)),
      ]);
      expect(await remains(id, email)).toEqual([0, 0, 0, 0]);
      for (const { data } of logIns) {
        if (data?.logIn == null) continue;
        const use = await send(OPERATIONS.refreshCustomData, { token: data.logIn.accessToken });
        expect(use.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
      }
    }
  });

  describe('with DELETE_CUSTOM_DATA_WITH_USER', () => {
    test('deletes the document too, and no other', async () => {
      const other = await startGateway({
        ...provideStore().env,
        PUBLIC_URL: gateway.url,
        DELETE_CUSTOM_DATA_WITH_USER: 'true',
      });
      const [gone, kept] = [await someone(), await someone()];
      const answer = await createGraphQLClient(other.url)(ACCOUNT_OPERATIONS.deleteUser, {
        token: gone.token,
      });
      await other.stop();
      expect(answer.data.deleteUser).toBe(true);
      expect(await documentsOf(gone.id)).toEqual([]);
      expect(await documentsOf(kept.id)).toHaveLength(1);
    });
  });
});
