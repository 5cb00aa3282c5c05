/** The errors that clients know, one test each. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import {
  type CoreSession,
  createCoreClient,
  logInCore,
  type SendCore,
} from '../../support/core-client.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { linkIn } from '../../support/mail-server.ts';
import { useRealmGateway } from '../../support/realm-gateway.ts';

const APP = '/app/myapp-abcde';
const USERPASS = `${APP}/auth/providers/local-userpass`;
const password = 'correct horse';
const TIMEOUT = 30_000;

describeOnEveryStore('the errors of the protocol', (provideStore) => {
  let shift = 0;
  const provide = useRealmGateway(
    provideStore,
    {
      authFunction: () => 'someone',
      throwing: () => {
        throw new Error("ReferenceError: 'unknown' is not defined");
      },
    },
    {},
    { now: () => Date.now() + shift },
  );
  let send: SendCore;
  let session: CoreSession;
  let count = 0;

  beforeAll(() => {
    send = createCoreClient(provide().gateway.url);
  });
  beforeEach(async () => {
    session = await logInCore(send);
  });

  const post = (path: string, body: object, token?: string) =>
    send('POST', path, { body, ...(token === undefined ? {} : { token }) });
  const logIn = (username: string, secret = password) =>
    post(`${USERPASS}/login`, { username, password: secret });
  const newEmail = () => {
    count += 1;
    return `error-${count}@example.com`;
  };
  async function register({ isConfirmed = true } = {}) {
    const email = newEmail();
    await post(`${USERPASS}/register`, { email, password });
    const { token, tokenId } = linkIn(provide().mailServer.latestTo(email));
    if (isConfirmed) await post(`${USERPASS}/confirm`, { token, tokenId });
    return { email, token, tokenId };
  }

  async function expectError(
    answer: ReturnType<SendCore>,
    status: number,
    code: string | undefined,
    text: string,
  ): Promise<void> {
    const { headers, json, ...rest } = await answer;
    expect(rest.status).toBe(status);
    expect(headers['content-type']).toBe('application/json');
    expect(json).toEqual({
      error: expect.stringContaining(text),
      ...(code === undefined ? {} : { error_code: code }),
      link: expect.stringContaining('logs?co_id='),
    });
  }

  test('bad credentials', async () => {
    const { email } = await register();
    await expectError(logIn(email, 'wrong password'), 401, 'InvalidPassword', 'unauthorized');
    await expectError(logIn('nobody@example.com'), 401, 'InvalidPassword', 'unauthorized');
  });

  test('a deleted user', async () => {
    const { email } = await register();
    const { access_token: token } = (await logIn(email)).json;
    await send('DELETE', '/auth/delete', { token });
    await expectError(logIn(email), 401, 'InvalidPassword', 'unauthorized');
  });

  test('a bad JWT', async () => {
    const bad = post(`${APP}/auth/providers/custom-token/login`, { token: 'a.b.c' });
    await expectError(bad, 401, 'AuthError', 'unauthorized');
  });

  test('a disabled API key', async () => {
    const { refresh_token: token } = session;
    const { json } = await post('/auth/api_keys', { name: 'k' }, token);
    await send('PUT', `/auth/api_keys/${json._id}/disable`, { token });
    const refused = post(`${APP}/auth/providers/api-key/login`, { key: json.key });
    await expectError(refused, 401, 'AuthError', 'unauthorized');
  });

  test('an address that is not confirmed', async () => {
    const { email } = await register({ isConfirmed: false });
    await expectError(logIn(email), 401, 'AuthError', 'unauthorized');
  });

  test('an expired and an invalid token', async () => {
    const { access_token: token, refresh_token: refreshToken } = session;
    shift += 61 * 24 * 3_600_000;
    const text = 'invalid session';
    await expectError(send('GET', '/auth/profile', { token }), 401, 'InvalidSession', text);
    const refresh = send('POST', '/auth/session', { token: refreshToken });
    await expectError(refresh, 401, 'InvalidSession', text);
    const nonsense = send('GET', '/auth/profile', { token: 'nonsense' });
    await expectError(nonsense, 401, 'InvalidSession', text);
    shift = 0;
  });

  test('no token', async () => {
    const text = 'expected Authorization header with JWT (Bearer schema).';
    for (const [method, path] of [
      ['GET', '/auth/profile'],
      ['POST', '/auth/session'],
      ['GET', '/auth/api_keys'],
      ['DELETE', '/auth/delete'],
    ] as const) {
      await expectError(send(method, path), 401, undefined, text);
    }
    await expectError(post(`${APP}/functions/call`, { name: 'f' }), 401, undefined, text);
  });

  test(
    'a disabled user: at log-in, at refresh and at a call',
    async () => {
      const { email } = await register();
      const { access_token: token, refresh_token: refreshToken } = (await logIn(email)).json;
      const { exitCode } = await runCommand(['users', 'disable', email], provideStore().env);
      expect(exitCode).toBe(0);
      await expectError(logIn(email), 401, 'UserDisabled', 'user disabled');
      const refresh = send('POST', '/auth/session', { token: refreshToken });
      await expectError(refresh, 401, 'InvalidSession', 'invalid session');
      const call = post(
        `${APP}/functions/call`,
        { name: 'writeCustomUserData', arguments: [{}] },
        token,
      );
      await expectError(call, 401, 'InvalidSession', 'invalid session');
    },
    TIMEOUT,
  );

  describe('registering', () => {
    test('twice', async () => {
      const { email } = await register();
      const twice = post(`${USERPASS}/register`, { email, password });
      await expectError(twice, 409, 'AccountNameInUse', 'name already in use');
    });

    test.each([
      ['a weak password', 'a@b.c', '12345', 'password must be between 8 and 128 characters'],
      ['a bad address', 'not an address', password, 'email invalid'],
    ])('with %s', async (_name, email, secret, text) => {
      const refused = post(`${USERPASS}/register`, { email, password: secret });
      await expectError(refused, 400, 'BadRequest', text);
    });
  });

  describe('a confirmation', () => {
    test('with a bad token', async () => {
      const bad = post(`${USERPASS}/confirm`, { token: 'x', tokenId: 'y' });
      await expectError(bad, 400, 'BadRequest', 'invalid token data');
      const reset = post(`${USERPASS}/reset`, { token: 'x', tokenId: 'y', password });
      await expectError(reset, 400, 'BadRequest', 'invalid token data');
    });

    test('with an expired token', async () => {
      const { token, tokenId } = await register({ isConfirmed: false });
      shift += 31 * 60_000;
      const late = post(`${USERPASS}/confirm`, { token, tokenId });
      const text = 'userpass token is expired or invalid';
      await expectError(late, 400, 'UserpassTokenInvalid', text);
      shift = 0;
    });

    test('that was done', async () => {
      const { email } = await register();
      for (const path of ['/confirm/send', '/confirm/call']) {
        const again = post(`${USERPASS}${path}`, { email });
        await expectError(again, 400, 'UserAlreadyConfirmed', 'already confirmed');
      }
    });

    test('of an unknown user', async () => {
      for (const path of ['/confirm/send', '/reset/send']) {
        const unknown = post(`${USERPASS}${path}`, { email: 'nobody@example.com' });
        await expectError(unknown, 404, 'UserNotFound', 'user not found');
      }
    });
  });

  describe('a function', () => {
    const call = (name: string, ...args: unknown[]) =>
      post(`${APP}/functions/call`, { name, arguments: args }, session.access_token);

    test('that is unknown', async () => {
      await expectError(call('foo'), 404, 'FunctionNotFound', "function not found: 'foo'");
    });

    test('that threw', async () => {
      const text = "ReferenceError: 'unknown' is not defined";
      await expectError(call('throwing'), 400, 'FunctionExecutionError', text);
    });

    test('with bad arguments', async () => {
      await expectError(call('writeCustomUserData', 1), 400, 'InvalidParameter', 'object');
      const malformed = call('writeCustomUserData', { a: { $oid: 'x' } });
      await expectError(malformed, 400, 'InvalidParameter', '/arguments/0/a');
      const nameless = post(`${APP}/functions/call`, {}, session.access_token);
      await expectError(nameless, 400, 'MissingParameter', "'name'");
    });

    test('that would write what nobody may write', async () => {
      const text = '(/userId, /_id)';
      const write = call('writeCustomUserData', { userId: 'somebody else', _id: 'other' });
      await expectError(write, 403, 'NoMatchingRuleFound', text);
    });
  });

  test('data that no rule allows', async () => {
    const find = post(
      `${APP}/functions/call`,
      { service: 'mongodb-atlas', name: 'find', arguments: [{ database: 'x', collection: 'y' }] },
      session.access_token,
    );
    await expectError(find, 403, 'NoMatchingRuleFound', 'rule');
  });

  describe('an API key', () => {
    const create = (name: unknown) => post('/auth/api_keys', { name }, session.refresh_token);

    test('whose name is taken', async () => {
      await create('k');
      await expectError(
        create('k'),
        409,
        'APIKeyAlreadyExists',
        'API key with name already exists',
      );
    });

    test('of a bad name', async () => {
      const text = 'can only contain ASCII letters, numbers, underscores, and hyphens';
      await expectError(create('no spaces'), 400, 'InvalidParameter', text);
      await expectError(create(1), 400, 'InvalidParameter', "'name'");
    });

    test('that is unknown, or not the form of one', async () => {
      const { refresh_token: token } = session;
      for (const id of ['63ed2dbe5960df2af7fd216e', 'x', encodeURIComponent('../')]) {
        for (const [method, action] of [
          ['GET', ''],
          ['DELETE', ''],
          ['PUT', '/enable'],
          ['PUT', '/disable'],
        ] as const) {
          const unknown = send(method, `/auth/api_keys/${id}${action}`, { token });
          await expectError(unknown, 404, 'APIKeyNotFound', 'API key not found');
        }
      }
    });
  });
});
