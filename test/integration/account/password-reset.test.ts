import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../../support/account-operations.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { fieldsOf } from '../../support/html-forms.ts';
import { linkIn, type MailServer, startMailServer } from '../../support/mail-server.ts';

const password = 'correct horse';

describeOnEveryStore('reset by mail', (provideStore) => {
  let mailServer: MailServer;
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;

  beforeAll(async () => {
    mailServer = await startMailServer();
    gateway = await startGateway({
      ...provideStore().env,
      SMTP_URL: mailServer.url,
      EMAIL_FROM: 'no-reply@example.com',
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
  });

  async function registered(): Promise<string> {
    count += 1;
    const email = `reset-${count}@example.com`;
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    return email;
  }
  async function mailedLink(email: string) {
    const answer = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, { variables: { email } });
    expect(answer.data.sendResetPasswordEmail).toBe(true);
    return linkIn(mailServer.latestTo(email));
  }

  test('sets the password and ends every session of the user, and of nobody else', async () => {
    const email = await registered();
    const stranger = (await logInByEmail(send, await registered(), password)).data.logIn;
    const sessions = [
      (await logInByEmail(send, email, password)).data.logIn,
      (await logInByEmail(send, email, password)).data.logIn,
    ];
    const { token, tokenId } = await mailedLink(email);
    const reset = await send(ACCOUNT_OPERATIONS.resetPassword, {
      variables: { token, tokenId, password: 'a new password' },
    });
    expect(reset.data.resetPassword).toBe(true);
    for (const { refreshToken, accessToken } of sessions) {
      const refreshed = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      expect(refreshed.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
      const written = await send(OPERATIONS.refreshCustomData, { token: accessToken });
      expect(written.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    }
    const { refreshToken } = stranger;
    expect((await send(OPERATIONS.refreshSession, { variables: { refreshToken } })).code).toBe(
      undefined,
    );
    expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
    const again = await logInByEmail(send, email, 'a new password');
    expect(again.data.logIn.user.id).toBe(sessions[0].user.id);
  });

  test('works by the page that the mail leads to', async () => {
    const email = await registered();
    const { url } = await mailedLink(email);
    expect(url.origin + url.pathname).toBe(`${gateway.url}/email/reset-password`);
    const opened = await fetch(url);
    const page = await opened.text();
    expect(opened.status).toBe(200);
    const submit = async (first: string, second: string) => {
      const fields = fieldsOf(page);
      fields.set('password', first);
      fields.set('repeated', second);
      const answer = await fetch(new URL('reset-password', url), { method: 'POST', body: fields });
      return { status: answer.status, text: await answer.text() };
    };

    const different = await submit('a new password', 'another one');
    expect(different).toMatchObject({ status: 400 });
    expect(different.text).toContain('role="alert"');
    const short = await submit('short', 'short');
    expect(short).toMatchObject({ status: 400 });
    expect(short.text).toContain('8 to 128 characters');
    expect(fieldsOf(short.text).toString()).toBe(fieldsOf(page).toString());
    const done = await submit('a new password', 'a new password');
    expect(done).toMatchObject({ status: 200 });
    expect(done.text).toContain('Your new password is set');
    const used = await submit('a third one', 'a third one');
    expect(used).toMatchObject({ status: 400 });
    expect(used.text).toContain('The link is not valid');
    expect((await logInByEmail(send, email, 'a new password')).code).toBeUndefined();
  });

  test('of many uses of one link at once one sets the password', async () => {
    const email = await registered();
    const { token, tokenId } = await mailedLink(email);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        send(ACCOUNT_OPERATIONS.resetPassword, {
          variables: { token, tokenId, password: `new password ${index}` },
        }),
      ),
    );
    const codes = answers.map(({ code }) => code ?? 'set').sort();
    expect(codes).toEqual([...Array(7).fill('EMAIL_TOKEN_INVALID'), 'set']);
    const winner = answers.findIndex(({ code }) => code === undefined);
    expect((await logInByEmail(send, email, `new password ${winner}`)).code).toBeUndefined();
  });

  test('a log-in with the old password that runs meanwhile keeps no session', async () => {
    const email = await registered();
    await logInByEmail(send, email, password);
    for (let round = 0; round < 5; round += 1) {
      const from = round === 0 ? password : `password ${round - 1}`;
      const { token, tokenId } = await mailedLink(email);
      const [reset, ...logIns] = await Promise.all([
        send(ACCOUNT_OPERATIONS.resetPassword, {
          variables: { token, tokenId, password: `password ${round}` },
        }),
        ...Array.from({ length: 4 }, () => logInByEmail(send, email, from)),
      ]);
      expect(reset.code).toBeUndefined();
      for (const { data } of logIns) {
        if (data?.logIn == null) continue;
        const { accessToken } = data.logIn;
        const use = await send(OPERATIONS.refreshCustomData, { token: accessToken });
        expect(use.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
      }
    }
  });

  test('a bad password, an unknown address or a made-up token changes nothing', async () => {
    const email = await registered();
    const session = (await logInByEmail(send, email, password)).data.logIn;
    const { token, tokenId } = await mailedLink(email);
    const reset = (variables: object) => send(ACCOUNT_OPERATIONS.resetPassword, { variables });
    expect((await reset({ token, tokenId, password: 'short' })).code).toBe('BAD_USER_INPUT');
    expect((await reset({ token: 'x', tokenId, password: 'long enough' })).code).toBe(
      'EMAIL_TOKEN_INVALID',
    );
    const unknown = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
      variables: { email: 'nobody@example.com' },
    });
    expect(unknown.code).toBe('USER_NOT_FOUND');
    const { refreshToken } = session;
    expect((await send(OPERATIONS.refreshSession, { variables: { refreshToken } })).code).toBe(
      undefined,
    );
  });

  test('pages load a style sheet of the gateway, run nothing, are not kept and tell no other page their address', async () => {
    const { url } = await mailedLink(await registered());
    const page = await fetch(url);
    const { headers } = page;
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    const [, sheet = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(await page.text()) ?? [];
    const styles = await fetch(new URL(sheet, url));
    expect(styles.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(styles.headers.get('cache-control')).toContain('immutable');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('pages put nothing of their address into the markup as it is', async () => {
    const page = await fetch(
      `${gateway.url}/email/reset-password?token=%22%3E%3Ci%3E&tokenId=a&tokenId=b`,
    );
    const text = await page.text();
    expect(text).toContain('value="&#34;&#62;&#60;i&#62;"');
    expect(text).not.toContain('<i>');
  });

  test('forms that are too large or of another kind are refused as a page', async () => {
    const post = (body: string, type: string) =>
      fetch(`${gateway.url}/email/reset-password`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
    const large = await post(`token=${'x'.repeat(10_000)}`, 'application/x-www-form-urlencoded');
    expect(large.status).toBe(413);
    const other = await post('<a/>', 'text/xml');
    expect(other.status).toBe(415);
    expect(other.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('there is no confirmation page where addresses need no confirmation', async () => {
    expect((await fetch(`${gateway.url}/email/confirm?token=x&tokenId=y`)).status).toBe(404);
  });

  test('the log holds no address, token, link or password', () => {
    const log = gateway.logText();
    for (const mail of mailServer.mails) {
      const { token, tokenId } = linkIn(mail);
      for (const secret of [mail.to, token, tokenId]) expect(log).not.toContain(secret);
    }
    expect(log).not.toContain('a new password');
  });
});

describeOnEveryStore('without resets', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('asking for one is bad input, and there is no page', async () => {
    const email = 'a@example.com';
    const answers = await Promise.all([
      send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, { variables: { email } }),
      send(ACCOUNT_OPERATIONS.callResetPasswordFunction, { variables: { email, password } }),
      send(ACCOUNT_OPERATIONS.resetPassword, {
        variables: { token: 'x', tokenId: 'y', password },
      }),
    ]);
    expect(answers.map(({ code }) => code)).toEqual(Array(3).fill('BAD_USER_INPUT'));
    expect((await fetch(`${gateway.url}/email/reset-password`)).status).toBe(404);
  });
});
