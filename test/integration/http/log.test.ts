/** What the log holds of real requests at its most talkative: no credential and nothing of a document. */
import { expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logIn, logInByEmail } from '../../support/account-operations.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const gateway = useEmbeddedGateway({ LOG_LEVEL: 'trace' });

test('requests with credentials in headers and bodies leave none of them in the log', async () => {
  const { url, logText } = gateway();
  const send = createGraphQLClient(url);
  const email = 'somebody@logged.example';
  const password = 'a-password-of-somebody';
  const wrong = 'a-wrong-password';
  const cookie = 'session=a-cookie-of-somebody';
  await send(OPERATIONS.registerUser, { variables: { email, password } });
  const { data } = await logInByEmail(send, email, password);
  const { accessToken: token, refreshToken } = data.logIn;
  expect((await logInByEmail(send, email, wrong)).code).toBe('INVALID_CREDENTIALS');
  const created = await send(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name: 'k' } });
  const { key } = created.data.createApiKey;
  await logIn(send, { apiKey: { key } });
  await logIn(send, { customJwt: { token } });
  await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
  await send(OPERATIONS.write, { token, variables: { data: { note: 'a-line-of-a-document' } } });

  const ask = (init: RequestInit, path = '/graphql') =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, cookie, 'content-type': 'application/json' },
      ...init,
    });
  // Answered, unreadable, too large, of another type, and to a path that is not there.
  const bodies = ['{"query":"{ me { id } }"}', `{"password":"${password}",`, 'x'.repeat(600_000)];
  for (const body of bodies) await ask({ body });
  await ask({ body: password, headers: { authorization: `Basic ${key}`, cookie } });
  await ask({ method: 'GET' }, `/nowhere?access_token=${token}`);
  await ask({ method: 'GET' }, `/email/confirm?token=${key}&tokenId=abc`);

  const log = logText();
  expect(log).toContain('"route":"/graphql"');
  const secrets = [email, password, wrong, 'a-cookie-of-somebody', 'a-line-of-a-document', key];
  for (const secret of [...secrets, token, refreshToken]) {
    expect(log.includes(secret)).toBe(false);
  }
  // Nor a part of any token.
  expect(log).not.toMatch(/eyJ[\w-]{10,}/);
});
