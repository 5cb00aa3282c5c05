/** Accounts of the version before: their addresses in capital letters, and their passwords, which nobody has proven. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logIn, mustLogIn } from '../../support/account-operations.ts';
import { earlierSettings, HOLDERS, restoreEarlierStore } from '../../support/earlier-store.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

describeOnEveryStore('a store of the version before', (provideStore) => {
  const { apiKey, emailPassword, linked } = HOLDERS;
  const shouted = { ...linked.email, email: 'Linked@Example.com' };
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    const { env, openState } = provideStore();
    await restoreEarlierStore(env);
    // Then an address was stored as it was written, and nothing else found it.
    const registrations = await openState('registrations');
    await registrations.updateOne(
      { email: linked.email.email },
      { $set: { email: shouted.email } },
    );
    const accounts = await openState('accounts');
    await accounts.updateOne(
      { _id: linked.user.id },
      {
        $set: {
          'identities.1.externalId': shouted.email,
          'identities.1.data': { email: shouted.email },
          'identityKeys.1': `local-userpass:${shouted.email}`,
        },
      },
    );
    // A younger one that differs in case.
    const twin = await registrations.findOne<Record<string, unknown>>({ email: shouted.email });
    await registrations.insertOne({
      ...twin,
      ...{ _id: '6b09ee48da5b4f93b80affff', userId: '6b09ee48da5b4f93b80afffe' },
      email: 'LINKED@example.com',
    });
    gateway = await startGateway(earlierSettings(env), { now: () => HOLDERS.now });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('finds an address in capital letters in every case, and two that differ as each is written', async () => {
    const { password } = linked.email;
    for (const email of [shouted.email, 'linked@example.com', 'LINKED@EXAMPLE.COM']) {
      const session = await mustLogIn(send, { emailPassword: { email, password } });
      expect(session.user.id).toBe(linked.user.id);
    }
    const twin = { email: 'LINKED@example.com', password };
    for (const _twice of [1, 2]) {
      const { user } = await mustLogIn(send, { emailPassword: twin });
      expect(user.id).toBe('6b09ee48da5b4f93b80afffe');
    }
    const again = await send(OPERATIONS.registerUser, {
      variables: { email: 'linked@EXAMPLE.com', password },
    });
    expect(again.code).toBe('ACCOUNT_EXISTS');
  });

  test('has the version of now', async () => {
    const [format] = await provideStore().readAll('format');
    expect(format).toMatchObject({ _id: 'format', version: 3 });
  });

  test('holds passwords that nobody has proven: a reset of one disables the API keys', async () => {
    await mustLogIn(send, { apiKey: { key: apiKey.key } });
    const password = 'a pass phrase of now';
    const reset = await send(ACCOUNT_OPERATIONS.resetPassword, {
      variables: { ...HOLDERS.reset, password },
    });
    expect(reset.code).toBeUndefined();
    expect((await logIn(send, { apiKey: { key: apiKey.key } })).code).toBe('INVALID_CREDENTIALS');
    const { email } = emailPassword.credentials;
    const { accessToken, user } = await mustLogIn(send, { emailPassword: { email, password } });
    expect(user.id).toBe(apiKey.userId);
    const { data } = await send(ACCOUNT_OPERATIONS.apiKeys, { token: accessToken });
    expect(data.apiKeys).toEqual([expect.objectContaining({ id: apiKey.id, isDisabled: true })]);
  });
});
