import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ACCOUNT_OPERATIONS,
  logIn,
  logInByEmail,
  mustLogIn,
} from '../../support/account-operations.ts';
import { createFakeFunctions } from '../../support/fake-functions.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const password = 'correct horse';

describeOnEveryStore('linking', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;

  beforeAll(async () => {
    const functions = createFakeFunctions({
      authFunction: (({ id }: { id: string }) => ({ id, name: 'Ada' })) as never,
    });
    const env = { ...provideStore().env, FUNCTIONS_DIR: 'functions' };
    gateway = await startGateway(env, { openFunctions: functions.open });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const anonymous = () => mustLogIn(send, { anonymous: true });
  const link = (token: string, credentials: object) =>
    send(ACCOUNT_OPERATIONS.linkCredentials, { token, variables: { credentials } });
  const byEmail = (email: string, given = password) => ({
    emailPassword: { email, password: given },
  });
  const registered = async () => {
    count += 1;
    const email = `link-${count}@example.com`;
    const answer = await send(OPERATIONS.registerUser, { variables: { email, password } });
    return { email, userId: answer.data.registerUser.userId as string };
  };
  const external = (id: string) => ({ function: { payload: { id } } });

  test('an e-mail address that was registered and never used joins the account of the caller', async () => {
    const { accessToken, user } = await anonymous();
    await send(OPERATIONS.write, { token: accessToken, variables: { data: { cart: 1 } } });
    const { email, userId } = await registered();
    const answer = await link(accessToken, byEmail(email));
    expect(answer.data.linkCredentials).toEqual({
      userId: user.id,
      identities: [
        { id: expect.any(String), provider: 'anon-user', data: {} },
        {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider: 'local-userpass',
          data: { email },
        },
      ],
    });
    const session = await mustLogIn(send, byEmail(email));
    expect(session.user).toMatchObject({ id: user.id, customData: { cart: 1 } });
    expect(session.user.id).not.toBe(userId);
    expect(await provideStore().readAll('accounts')).not.toContainEqual(
      expect.objectContaining({ _id: userId }),
    );
  });

  test('the same credentials again change nothing', async () => {
    const { accessToken } = await anonymous();
    const { email } = await registered();
    const first = await link(accessToken, byEmail(email));
    const second = await link(accessToken, byEmail(email));
    expect(second.data).toEqual(first.data);
  });

  test('an account gets several identities, and each logs in to it', async () => {
    const { email } = await registered();
    const { accessToken, user } = await mustLogIn(send, byEmail(email));
    const answer = await link(accessToken, external(`of ${user.id}`));
    expect(answer.data.linkCredentials.identities).toMatchObject([
      { provider: 'local-userpass', data: { email } },
      { provider: 'custom-function', data: { name: 'Ada' } },
    ]);
    expect((await mustLogIn(send, external(`of ${user.id}`))).user.id).toBe(user.id);
  });

  test('an identity of another account is refused with 200, so that no client takes it for a log-out', async () => {
    const { email } = await registered();
    const owner = await mustLogIn(send, byEmail(email));
    const { accessToken, user } = await anonymous();
    const answer = await link(accessToken, byEmail(email));
    expect(answer).toMatchObject({ code: 'IDENTITY_IN_USE', status: 200 });
    expect((await mustLogIn(send, byEmail(email))).user.id).toBe(owner.user.id);
    const me = await send(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(me.data.refreshCustomData.user.id).toBe(user.id);
  });

  test('of many callers who link one identity at once, one gets it', async () => {
    const { email } = await registered();
    const callers = await Promise.all(Array.from({ length: 8 }, anonymous));
    const answers = await Promise.all(
      callers.map(({ accessToken }) => link(accessToken, byEmail(email))),
    );
    const codes = answers.map(({ code }) => code ?? 'linked').sort();
    expect(codes).toEqual([...Array(7).fill('IDENTITY_IN_USE'), 'linked']);
    const winner = callers[answers.findIndex(({ code }) => code === undefined)];
    expect((await mustLogIn(send, byEmail(email))).user.id).toBe(winner?.user.id);
  });

  test('a link and a first log-in at once leave the address with one account', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { email, userId } = await registered();
      const { accessToken, user } = await anonymous();
      const [linked, session] = await Promise.all([
        link(accessToken, byEmail(email)),
        mustLogIn(send, byEmail(email)),
      ]);
      expect(session.user.id).toBe(linked.code === undefined ? user.id : userId);
      expect((await mustLogIn(send, byEmail(email))).user.id).toBe(session.user.id);
    }
  });

  test('wrong credentials are refused as a log-in is', async () => {
    const { accessToken } = await anonymous();
    const { email } = await registered();
    const wrong = await link(accessToken, byEmail(email, 'wrong password'));
    expect(wrong.code).toBe('INVALID_CREDENTIALS');
    expect((await link(accessToken, byEmail('nobody@example.com'))).code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  test('a second e-mail address is refused, also when two are linked at once', async () => {
    const { accessToken } = await anonymous();
    const [first, second] = [await registered(), await registered()];
    const answers = await Promise.all(
      [first, second].map(({ email }) => link(accessToken, byEmail(email))),
    );
    expect(answers.map(({ code }) => code ?? 'linked').sort()).toEqual([
      'IDENTITY_IN_USE',
      'linked',
    ]);
    const refused = answers.find(({ code }) => code !== undefined);
    expect(refused).toMatchObject({ status: 200 });
    expect(refused?.errors?.[0]?.extensions).toMatchObject({ reason: 'SECOND_EMAIL' });
    const owners = await Promise.all(
      [first, second].map(({ email }) => mustLogIn(send, byEmail(email))),
    );
    expect(owners[0]?.user.id).not.toBe(owners[1]?.user.id);
  });

  test('credentials that prove no identity cannot be linked', async () => {
    const { accessToken } = await anonymous();
    expect((await link(accessToken, { anonymous: true })).code).toBe('BAD_USER_INPUT');
    expect((await link(accessToken, { apiKey: { key: 'x' } })).code).toBe('BAD_USER_INPUT');
  });

  test('it needs a caller whose session has not ended', async () => {
    const { email } = await registered();
    const { accessToken } = await anonymous();
    await send(OPERATIONS.logOut, { token: accessToken });
    const answer = await link(accessToken, byEmail(email));
    expect(answer.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    expect((await logInByEmail(send, email, password)).code).toBeUndefined();
    expect((await logIn(send, external('x'))).code).toBeUndefined();
  });
});
