/** An address that an account owns already, without a password: the state that an import leaves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { importAccount, useAccountGateway } from '../../support/account-gateway.ts';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { linkIn } from '../../support/mail-server.ts';

const password = 'a pass phrase of today';
let count = 0;

function imported() {
  count += 1;
  return {
    email: `imported-${count}-${process.pid}@example.com`,
    userId: new ObjectId().toHexString(),
  };
}

describeOnEveryStore('an imported address', (provideStore) => {
  const account = useAccountGateway(provideStore);
  const { askForReset, creations, mailServer, register, resetWith, send } = account;

  test('gets a password by a reset mail, and the account is the old one', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
    expect((await resetWith(await askForReset(email), password)).code).toBeUndefined();
    const session = await mustLogIn(send, { emailPassword: { email, password } });
    expect(session.user.id).toBe(userId);
    expect((await register(email, password)).code).toBe('ACCOUNT_EXISTS');
  });

  test('that is registered gets the reset mail, answers the old id, and runs no creation function', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    const before = creations().length;
    const answer = await register(email, 'a password that is thrown away');
    expect(answer.data.registerUser).toEqual({ userId });
    expect(creations()).toHaveLength(before);
    const mail = mailServer().latestTo(email);
    expect(mail.text).toContain('/email/reset-password?');
    for (const given of ['a password that is thrown away', password]) {
      expect((await logInByEmail(send, email, given)).code).toBe('INVALID_CREDENTIALS');
    }
    await resetWith(linkIn(mail), password);
    expect((await mustLogIn(send, { emailPassword: { email, password } })).user.id).toBe(userId);
    expect(await (await provideStore().openDocuments()).find({ userId })).toEqual([]);
  });

  test('that is registered in App Services does the same', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    const before = creations().length;
    const response = await fetch(
      `${account.gateway().url}/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/register`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: 'thrown away' }),
      },
    );
    expect(response.status).toBe(201);
    expect(creations()).toHaveLength(before);
    expect(mailServer().latestTo(email).text).toContain('/email/reset-password?');
    expect((await logInByEmail(send, email, 'thrown away')).code).toBe('INVALID_CREDENTIALS');
  });

  test('is not taken over by whoever registers it first, whatever its owner clicks', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    await register(email, 'the password of a stranger');
    // The only link that there is leads to a page where the owner chooses the password.
    expect(mailServer().latestTo(email).text).not.toContain('/email/confirm');
    expect((await account.confirm(email)).code).toBe('EMAIL_TOKEN_INVALID');
    const stranger = await logInByEmail(send, email, 'the password of a stranger');
    expect(stranger.code).toBe('INVALID_CREDENTIALS');
  });

  test('that was registered before it was imported is no way into the account', async () => {
    const { email, userId } = imported();
    await register(email, 'the password of a stranger');
    await importAccount(provideStore(), { email, userId });
    expect((await account.confirm(email)).code).toBeUndefined();
    expect((await logInByEmail(send, email, 'the password of a stranger')).code).toBe(
      'INVALID_CREDENTIALS',
    );
    await resetWith(await askForReset(email), password);
    expect((await mustLogIn(send, { emailPassword: { email, password } })).user.id).toBe(userId);
  });

  test('is refused a bad password and counts its mails', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    expect((await register(email, 'short')).code).toBe('BAD_USER_INPUT');
    const codes: (string | undefined)[] = [];
    for (let round = 0; round < 11; round += 1) codes.push((await register(email, password)).code);
    expect(codes).toEqual([...Array(10).fill(undefined), 'RATE_LIMITED']);
  });

  test('has nothing to confirm', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    const answer = await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
    expect(answer.code).toBe('USER_ALREADY_CONFIRMED');
  });

  test('keeps its other ways in when it gets its first password', async () => {
    const { email, userId } = imported();
    const id = `external of ${email}`;
    await importAccount(provideStore(), {
      ...{ email, userId },
      others: [
        { id: new ObjectId().toHexString(), provider: 'custom-function', externalId: id, data: {} },
      ],
    });
    await resetWith(await askForReset(email), password);
    expect((await mustLogIn(send, { function: { payload: { id } } })).user.id).toBe(userId);
  });

  test('is free again once its user is deleted', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    await resetWith(await askForReset(email), password);
    const { accessToken } = await mustLogIn(send, { emailPassword: { email, password } });
    await send(ACCOUNT_OPERATIONS.deleteUser, { token: accessToken });
    const again = await register(email, password);
    expect(again.code).toBeUndefined();
    expect(again.data.registerUser.userId).not.toBe(userId);
  });

  test('registered by many at once makes one record and runs no creation function', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    const before = creations().length;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => register(email, 'thrown away')),
    );
    expect(answers.map(({ data }) => data.registerUser)).toEqual(Array(8).fill({ userId }));
    expect(creations()).toHaveLength(before);
    const registrations = await (await provideStore().openState('registrations')).find({ email });
    expect(registrations).toHaveLength(1);
  });
});

describeOnEveryStore('an imported address without mail', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('is ACCOUNT_EXISTS when it is registered, and the log says why', async () => {
    const { email, userId } = imported();
    await importAccount(provideStore(), { email, userId });
    const answer = await send(OPERATIONS.registerUser, { variables: { email, password } });
    expect(answer.code).toBe('ACCOUNT_EXISTS');
    const log = gateway.logText();
    expect(log).toContain('no mail server is configured');
    expect(log).toContain(userId);
    expect(log).not.toContain(email);
    expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
  });
});
