/** A password that a registration chose proves nothing: what a reset of it takes away. */
import { describe, expect, test } from '@jest/globals';
import { useAccountGateway } from '../../support/account-gateway.ts';
import {
  ACCOUNT_OPERATIONS,
  logIn,
  logInByEmail,
  mustLogIn,
} from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { OPERATIONS } from '../../support/graphql-client.ts';
import { fieldsOf } from '../../support/html-forms.ts';
import { linkIn } from '../../support/mail-server.ts';

const planted = 'the password of an intruder';
const password = 'the password of the owner';

describeOnEveryStore('a password', (provideStore) => {
  const account = useAccountGateway(provideStore);
  const { anonymous, askForReset, confirm, createApiKey, link, register, resetWith, send } =
    account;
  let count = 0;
  const newEmail = () => {
    count += 1;
    return `owner-${count}@example.com`;
  };
  const external = (id: string) => ({ function: { payload: { id } } });
  const byEmail = (email: string, given: string) => ({ emailPassword: { email, password: given } });

  async function registered(email: string, chosen: string): Promise<void> {
    await register(email, chosen);
    expect((await confirm(email)).code).toBeUndefined();
  }
  /** An account with this address, in which an intruder has a key and an identity. */
  async function plantThenLink(email: string) {
    await registered(email, planted);
    const { accessToken, user } = await anonymous();
    const key = await createApiKey(accessToken, 'planted');
    await link(accessToken, external(`planted for ${email}`));
    expect((await link(accessToken, byEmail(email, planted))).code).toBeUndefined();
    return { key, userId: user.id };
  }
  async function logInThenPlant(email: string) {
    await registered(email, planted);
    const { accessToken, user } = await mustLogIn(send, byEmail(email, planted));
    const key = await createApiKey(accessToken, 'planted');
    await link(accessToken, external(`planted for ${email}`));
    return { key, userId: user.id };
  }

  describe.each([
    ['planted before the address was linked', plantThenLink],
    ['planted after the owner confirmed', logInThenPlant],
  ])('chosen at registration, with a key and an identity %s', (_order, plant) => {
    test('is replaced by a reset that shuts both out', async () => {
      const email = newEmail();
      const { key, userId } = await plant(email);
      expect((await resetWith(await askForReset(email), password)).code).toBeUndefined();

      expect((await logIn(send, { apiKey: { key: key.key } })).code).toBe('INVALID_CREDENTIALS');
      const elsewhere = await mustLogIn(send, external(`planted for ${email}`));
      expect(elsewhere.user.id).not.toBe(userId);
      expect((await logInByEmail(send, email, planted)).code).toBe('INVALID_CREDENTIALS');

      const owner = await mustLogIn(send, byEmail(email, password));
      expect(owner.user.id).toBe(userId);
      const { data } = await send(ACCOUNT_OPERATIONS.apiKeys, { token: owner.accessToken });
      expect(data.apiKeys).toEqual([
        expect.objectContaining({ name: 'planted', isDisabled: true }),
      ]);
      const again = await link(owner.accessToken, byEmail(email, password));
      expect(again.data.linkCredentials.identities).toEqual([
        expect.objectContaining({ provider: 'local-userpass', data: { email } }),
      ]);
    });
  });

  test('that a reset has set is proven: the next reset takes nothing away', async () => {
    const email = newEmail();
    const { userId } = await logInThenPlant(email);
    await resetWith(await askForReset(email), password);
    const { accessToken } = await mustLogIn(send, byEmail(email, password));
    const { key } = await createApiKey(accessToken, 'mine');
    await link(accessToken, external(`mine at ${email}`));
    await resetWith(await askForReset(email), 'yet another password');
    expect((await mustLogIn(send, { apiKey: { key } })).user.id).toBe(userId);
    expect((await mustLogIn(send, external(`mine at ${email}`))).user.id).toBe(userId);
  });

  test('that is replaced leaves an identity whose provider vouches for the same address', async () => {
    const email = newEmail();
    await registered(email, planted);
    const { accessToken, user } = await mustLogIn(send, byEmail(email, planted));
    const tokenOf = (sub: string, claims: object) => ({
      google: { idToken: account.googleToken({ sub: `${sub} of ${email}`, ...claims }) },
    });
    const own = tokenOf('owner', { email: email.toUpperCase(), email_verified: true });
    const others = [
      tokenOf('unverified', { email, email_verified: false }),
      tokenOf('silent', { email }),
      tokenOf('other', { email: `not-${email}`, email_verified: true }),
    ];
    for (const each of [own, ...others]) {
      expect((await link(accessToken, each)).code).toBeUndefined();
    }
    await resetWith(await askForReset(email), password);
    expect((await mustLogIn(send, own)).user.id).toBe(user.id);
    for (const each of others) expect((await mustLogIn(send, each)).user.id).not.toBe(user.id);
  });

  test('that is replaced: the mail says what will go, and the page what went', async () => {
    const email = newEmail();
    await logInThenPlant(email);
    await askForReset(email);
    const mail = account.mailServer().latestTo(email);
    for (const part of [mail.text, mail.html]) {
      expect(part.replace(/\s+/g, ' ')).toContain(
        'disables 1 API key and removes 1 other way to log in (a function of the app)',
      );
    }
    const { url } = linkIn(mail);
    const fields = fieldsOf(await (await fetch(url)).text());
    fields.set('password', password);
    fields.set('repeated', password);
    const done = await fetch(new URL('reset-password', url), { method: 'POST', body: fields });
    expect(done.status).toBe(200);
    expect((await done.text()).replace(/\s+/g, ' ')).toContain(
      '1 API key was disabled and 1 other way to log in (a function of the app) was removed',
    );
    await askForReset(email);
    expect(account.mailServer().latestTo(email).text).not.toContain('API key');
  });

  test('in a session that began before its reset makes no key and links nothing', async () => {
    const email = newEmail();
    await registered(email, planted);
    const sessions = await Promise.all(
      Array.from({ length: 4 }, () => mustLogIn(send, byEmail(email, planted))),
    );
    const given = await askForReset(email);
    const [reset, ...raced] = await Promise.all([
      resetWith(given, password),
      ...sessions.flatMap(({ accessToken }, index) => [
        send(ACCOUNT_OPERATIONS.createApiKey, {
          token: accessToken,
          variables: { name: `k${index}` },
        }),
        link(accessToken, external(`raced ${index} of ${email}`)),
        logInByEmail(send, email, planted),
      ]),
    ]);
    expect(reset.code).toBeUndefined();
    const owner = await mustLogIn(send, byEmail(email, password));
    for (const { data } of raced) {
      const key = data?.createApiKey?.key;
      if (key !== undefined) {
        expect((await logIn(send, { apiKey: { key } })).code).toBe('INVALID_CREDENTIALS');
      }
      const accessToken = data?.logIn?.accessToken;
      if (accessToken !== undefined) {
        const use = await send(OPERATIONS.refreshCustomData, { token: accessToken });
        expect(use.code).toBe('UNAUTHENTICATED');
      }
    }
    for (const index of sessions.keys()) {
      const { user } = await mustLogIn(send, external(`raced ${index} of ${email}`));
      expect(user.id).not.toBe(owner.user.id);
    }
  });

  test('a key that was disabled so can be enabled by the owner', async () => {
    const email = newEmail();
    const { key, userId } = await logInThenPlant(email);
    await resetWith(await askForReset(email), password);
    const { accessToken } = await mustLogIn(send, byEmail(email, password));
    const enabled = await send(ACCOUNT_OPERATIONS.enableApiKey, {
      token: accessToken,
      variables: { id: key.id },
    });
    expect(enabled.code).toBeUndefined();
    expect((await mustLogIn(send, { apiKey: { key: key.key } })).user.id).toBe(userId);
  });
});

describeOnEveryStore('a password that a function resets', (provideStore) => {
  const account = useAccountGateway(provideStore, {
    EMAIL_CONFIRMATION: 'automatic',
    PASSWORD_RESET: 'function',
    PASSWORD_RESET_FUNCTION: 'resetFunction',
  });
  const { send } = account;

  test('replaces an unproven one likewise', async () => {
    const email = 'by-function@example.com';
    await account.register(email, planted);
    const { accessToken } = await mustLogIn(send, { emailPassword: { email, password: planted } });
    const { key } = await account.createApiKey(accessToken, 'planted');
    const answer = await send(ACCOUNT_OPERATIONS.callResetPasswordFunction, {
      variables: { email, password },
    });
    expect(answer.data.callResetPasswordFunction).toBe(true);
    expect((await logIn(send, { apiKey: { key } })).code).toBe('INVALID_CREDENTIALS');
    const owner = await mustLogIn(send, { emailPassword: { email, password } });
    const mine = await account.createApiKey(owner.accessToken, 'mine');
    await send(ACCOUNT_OPERATIONS.callResetPasswordFunction, { variables: { email, password } });
    expect((await logIn(send, { apiKey: { key: mine.key } })).code).toBeUndefined();
  });
});
