import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../../support/account-operations.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { fieldsOf } from '../../support/html-forms.ts';
import {
  linkIn,
  type MailServer,
  startMailServer,
  startSilentServer,
} from '../../support/mail-server.ts';

const password = 'correct horse';
const HALF_AN_HOUR = 30 * 60_000;

describeOnEveryStore('confirmation by mail', (provideStore) => {
  let mailServer: MailServer;
  let gateway: TestGateway;
  let send: SendOperation;
  let shift = 0;
  let count = 0;

  const mailEnv = (url: string): TestEnv => ({
    ...provideStore().env,
    EMAIL_CONFIRMATION: 'email',
    SMTP_URL: url,
    EMAIL_FROM: '"My App" <no-reply@example.com>',
  });
  const newEmail = () => {
    count += 1;
    return `confirm-${count}@example.com`;
  };
  const register = (email: string) =>
    send(OPERATIONS.registerUser, { variables: { email, password } });

  beforeAll(async () => {
    mailServer = await startMailServer();
    gateway = await startGateway(mailEnv(mailServer.url), { now: () => Date.now() + shift });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
  });

  test('nobody logs in before the link was followed, and its form was sent', async () => {
    const email = newEmail();
    const registered = await register(email);
    expect(registered.data.registerUser.userId).toMatch(/^[0-9a-f]{24}$/);
    const refusal = await logInByEmail(send, email, password);
    expect(refusal.errors?.[0]?.extensions).toMatchObject({
      code: 'INVALID_CREDENTIALS',
      reason: 'NOT_CONFIRMED',
    });
    const wrong = await logInByEmail(send, email, 'wrong password');
    expect(wrong.errors?.[0]?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });

    const { url } = linkIn(mailServer.latestTo(email));
    const opened = await fetch(url);
    expect(opened.status).toBe(200);
    const form = await opened.text();
    // Scanners open links; only the form confirms.
    expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');

    const confirmed = await fetch(new URL('confirm', url), {
      method: 'POST',
      body: fieldsOf(form),
    });
    expect(confirmed.status).toBe(200);
    expect(await confirmed.text()).toContain('Your e-mail address is confirmed');
    const session = await logInByEmail(send, email, password);
    expect(session.data.logIn.user.id).toBe(registered.data.registerUser.userId);
  });

  test('the mail is text and HTML from the sender to the one recipient', async () => {
    const email = newEmail();
    await register(email);
    const mail = mailServer.latestTo(email);
    const { url } = linkIn(mail);
    expect(mail.headers).toContain('From: My App <no-reply@example.com>');
    expect(mail.headers).toContain(`To: ${email}`);
    expect(mail.headers).toContain('Subject: Confirm your e-mail address for myapp-abcde');
    expect(mail.headers).toContain('Auto-Submitted: auto-generated');
    expect(mail.text).toContain('30 minutes');
    expect(mail.html).toContain(`<a href="${url.href.replace('&', '&#38;')}">`);
    expect(url.origin + url.pathname).toBe(`${gateway.url}/email/confirm`);
  });

  test('an address with markup in it is text in the mail', async () => {
    const email = `"<img/src=x>"${newEmail()}`;
    const answer = await register(email);
    // No mail server takes angle brackets, so the address is refused and nothing is registered.
    expect(answer.code).toBe('BAD_USER_INPUT');
    const quoted = `&'${newEmail()}`;
    expect((await register(quoted)).code).toBeUndefined();
    const mail = mailServer.mails.at(-1);
    expect(mail?.html).toContain('&#38;&#39;');
    expect(mail?.html).not.toContain(quoted);
  });

  test('GraphQL confirms with what the link carries, once', async () => {
    const email = newEmail();
    await register(email);
    const { token, tokenId } = linkIn(mailServer.latestTo(email));
    const confirm = () => send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    expect((await confirm()).data.confirmUser).toBe(true);
    expect((await confirm()).code).toBe('USER_ALREADY_CONFIRMED');
    const again = await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
    expect(again.code).toBe('USER_ALREADY_CONFIRMED');
  });

  test('a link sent again replaces the one before, and an old one has expired', async () => {
    const email = newEmail();
    await register(email);
    const first = linkIn(mailServer.latestTo(email));
    const again = await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
    expect(again.data.sendConfirmation).toBe(true);
    const second = linkIn(mailServer.latestTo(email));
    const confirm = ({ token, tokenId }: typeof first) =>
      send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    expect((await confirm(first)).errors?.[0]?.extensions).toMatchObject({
      code: 'EMAIL_TOKEN_INVALID',
      reason: 'INVALID',
    });
    shift = HALF_AN_HOUR;
    expect((await confirm(second)).errors?.[0]?.extensions).toMatchObject({
      code: 'EMAIL_TOKEN_INVALID',
      reason: 'EXPIRED',
    });
    const page = await fetch(new URL('confirm', second.url), {
      method: 'POST',
      body: new URLSearchParams({ token: second.token, tokenId: second.tokenId }),
    });
    shift = 0;
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('The link has expired');
  });

  test('nobody is mailed who has not registered', async () => {
    const answer = await send(ACCOUNT_OPERATIONS.sendConfirmation, {
      variables: { email: 'nobody@example.com' },
    });
    expect(answer.code).toBe('USER_NOT_FOUND');
    expect(mailServer.mails.some(({ to }) => to === 'nobody@example.com')).toBe(false);
  });

  test('an address that the mail server refuses is bad input, and is not registered', async () => {
    const email = newEmail();
    mailServer.setMode('refuse');
    const refusal = await register(email);
    mailServer.setMode('accept');
    expect(refusal.code).toBe('BAD_USER_INPUT');
    expect((await register(email)).code).toBeUndefined();
  });

  test('without a mail server registering is unavailable, and works when tried again', async () => {
    const email = newEmail();
    mailServer.setMode('defer');
    const deferred = await register(email);
    mailServer.setMode('accept');
    expect(deferred).toMatchObject({ code: 'SERVICE_UNAVAILABLE', status: 503 });
    expect(deferred.headers.get('retry-after')).toBe('10');
    expect((await register(email)).code).toBeUndefined();

    const other = await startGateway(mailEnv('smtp://127.0.0.1:1'));
    const sendOther = createGraphQLClient(other.url);
    const variables = { email, password };
    const resent = await sendOther(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
    const unregistered = await sendOther(OPERATIONS.registerUser, {
      variables: { ...variables, email: newEmail() },
    });
    await other.stop();
    expect([resent.code, unregistered.code]).toEqual([
      'SERVICE_UNAVAILABLE',
      'SERVICE_UNAVAILABLE',
    ]);
    // The account could ask again, and so it can from here.
    await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
    const { token, tokenId } = linkIn(mailServer.latestTo(email));
    const confirmed = await send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    expect(confirmed.data.confirmUser).toBe(true);
  });

  test('a mail server that says nothing is given up in bounded time', async () => {
    const silent = await startSilentServer();
    const other = await startGateway(mailEnv(silent.url));
    const begin = performance.now();
    const answer = await createGraphQLClient(other.url)(OPERATIONS.registerUser, {
      variables: { email: newEmail(), password },
    });
    expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    expect(performance.now() - begin).toBeLessThan(11_000);
    await other.stop();
    await silent.stop();
  }, 20_000);

  test('links lead to the page of the operator if there is one', async () => {
    const page = 'https://app.example.com/confirm';
    const other = await startGateway({
      ...mailEnv(mailServer.url),
      EMAIL_CONFIRMATION_URL: page,
    });
    const email = newEmail();
    await createGraphQLClient(other.url)(OPERATIONS.registerUser, {
      variables: { email, password },
    });
    await other.stop();
    const { url, token, tokenId } = linkIn(mailServer.latestTo(email));
    expect(url.href).toBe(`${page}?token=${token}&tokenId=${tokenId}`);
  });

  describe('the log', () => {
    test('holds no address, token or link', () => {
      const log = gateway.logText();
      expect(log).toContain('service unavailable');
      expect(log).toContain('/email/confirm');
      for (const { to, text } of mailServer.mails) {
        const { token, tokenId } = linkIn({ to, text, headers: '', html: '' });
        for (const secret of [to, token, tokenId]) expect(log).not.toContain(secret);
      }
    });
  });
});
