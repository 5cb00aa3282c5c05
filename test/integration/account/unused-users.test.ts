/** Who is given up when nobody uses them, and who stays. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS } from '../../support/account-operations.ts';
import { createFakeFunctions } from '../../support/fake-functions.ts';
import { postRealmFrom } from '../../support/from-address.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const DAY = 24 * 3600 * 1000;

describeOnEveryStore('unused users', (provideStore) => {
  let clock = Date.now();
  let gateway: TestGateway;
  let send: SendOperation;
  const isConfirming: { status: string } = { status: 'pending' };

  const start = async (env: TestEnv = {}) => {
    const functions = createFakeFunctions({ confirm: () => ({ ...isConfirming }) });
    gateway = await startGateway(
      {
        ...provideStore().env,
        FUNCTIONS_DIR: 'functions',
        EMAIL_CONFIRMATION: 'function',
        EMAIL_CONFIRMATION_FUNCTION: 'confirm',
        ...env,
      },
      { now: () => clock, openFunctions: functions.open },
    );
    send = createGraphQLClient(gateway.url);
  };
  /** Starts again so many days later, and waits for the sweep that a start begins with. */
  const startAfter = async (days: number, env: TestEnv = {}) => {
    await gateway.stop();
    clock += days * DAY;
    await start(env);
  };
  const logIn = async () => {
    const { data } = await send(OPERATIONS.logInAnonymously);
    return data.logIn as { accessToken: string; refreshToken: string; user: { id: string } };
  };
  const register = async (email: string) => {
    const variables = { email, password: 'correct horse' };
    expect((await send(OPERATIONS.registerUser, { variables })).code).toBeUndefined();
  };
  const idsOf = async (collection: string, field: string) =>
    (await provideStore().readAll(collection)).map((document) => String(document[field]));
  /** Waits until exactly these of `ids` are there. */
  const expectLeft = async (ids: readonly string[], left: readonly string[]) => {
    const end = Date.now() + 10_000;
    for (;;) {
      const there = (await idsOf('accounts', '_id')).filter((id) => ids.includes(id));
      if (there.sort().join() === [...left].sort().join()) return;
      if (Date.now() > end) expect(there.sort()).toEqual([...left].sort());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeEach(async () => {
    clock += 1000 * DAY;
    await start();
  });
  afterEach(() => gateway.stop());

  test('go after 90 days without a refresh: who has a document, an API key, another way in, or a use since, stays', async () => {
    const unused = await logIn();
    const withDocument = await logIn();
    await send(OPERATIONS.write, {
      token: withDocument.accessToken,
      variables: { data: { a: 1 } },
    });
    const withKey = await logIn();
    const made = await send(ACCOUNT_OPERATIONS.createApiKey, {
      token: withKey.accessToken,
      variables: { name: 'key' },
    });
    expect(made.code).toBeUndefined();
    const linked = await logIn();
    isConfirming.status = 'success';
    await register('linked@example.com');
    isConfirming.status = 'pending';
    const credentials = {
      emailPassword: { email: 'linked@example.com', password: 'correct horse' },
    };
    const link = await send(ACCOUNT_OPERATIONS.linkCredentials, {
      token: linked.accessToken,
      variables: { credentials },
    });
    expect(link.code).toBeUndefined();
    const used = await logIn();
    const loggedOut = await logIn();
    await send('mutation { logOut }', { token: loggedOut.accessToken });
    const all = [unused, withDocument, withKey, linked, used, loggedOut].map(({ user }) => user.id);

    await startAfter(50);
    const { refreshToken } = used;
    const variables = { refreshToken };
    expect((await send(OPERATIONS.refreshSession, { variables })).code).toBeUndefined();
    const later = await logIn();
    await startAfter(41);
    await expectLeft(
      [...all, later.user.id],
      [withDocument, withKey, linked, used, later].map(({ user }) => user.id),
    );
    // Their sessions are gone, too.
    const holders = await idsOf('sessions', 'userId');
    expect(holders).not.toContain(unused.user.id);
    // The one with a document logs in no more, but the document is there for whoever looks.
    expect(await provideStore().readAll('user-deletions')).not.toContainEqual(
      expect.objectContaining({ _id: withDocument.user.id }),
    );
    await startAfter(55);
    await expectLeft([used.user.id, later.user.id], []);
  });

  test('of App Services clients count as used while their session lives, which no refresh changes', async () => {
    const { body } = await postRealmFrom(gateway.url, '192.0.2.1', '/anon-user/login', {});
    const fixed = String(body['user_id']);
    const rotating = (await logIn()).user.id;
    const env = { ANONYMOUS_TTL: '10d' };
    await startAfter(59, env);
    await expectLeft([fixed, rotating], [fixed]);
    await startAfter(11, env);
    await expectLeft([fixed, rotating], []);
  });

  test('of the version before stay for the whole time after the update', async () => {
    const early = await logIn();
    const sweeps = await provideStore().openState('sweeps');
    await gateway.stop();
    await sweeps.deleteMany({});
    await start();
    await startAfter(89);
    const late = await logIn();
    await startAfter(0);
    await expectLeft([early.user.id, late.user.id], [early.user.id, late.user.id]);
    await startAfter(1);
    await expectLeft([early.user.id, late.user.id], [late.user.id]);
  });

  test('are not told by the life of refresh tokens that was changed meanwhile', async () => {
    const { user } = await logIn();
    await startAfter(80, { REFRESH_TOKEN_TTL: '365d' });
    await startAfter(11, { REFRESH_TOKEN_TTL: '365d' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expectLeft([user.id], [user.id]);
    await startAfter(80, { REFRESH_TOKEN_TTL: '365d' });
    await expectLeft([user.id], []);
  });

  test('registrations that nobody confirmed go after seven days, and the address is free', async () => {
    await register('waiting@example.com');
    isConfirming.status = 'success';
    await register('confirmed@example.com');
    isConfirming.status = 'pending';
    await startAfter(6);
    await register('later@example.com');
    await startAfter(2);
    const end = Date.now() + 10_000;
    while ((await idsOf('registrations', 'email')).includes('waiting@example.com')) {
      if (Date.now() > end) throw new Error('The registration is still there');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const left = await idsOf('registrations', 'email');
    expect(left).toEqual(expect.arrayContaining(['confirmed@example.com', 'later@example.com']));
    await register('waiting@example.com');
  });

  test('are looked for while the gateway runs, in less than an hour where they go sooner', async () => {
    await startAfter(0, { ANONYMOUS_TTL: '1s' });
    const { user } = await logIn();
    clock += 10_000;
    await expectLeft([user.id], []);
  });
});
