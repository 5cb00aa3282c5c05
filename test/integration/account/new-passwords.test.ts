/** Which passwords may be chosen, wherever one can be chosen. */
import { expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../../support/account-operations.ts';
import { createFakeFunctions } from '../../support/fake-functions.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const APP = '/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass';
const BAD = [
  ['x7!kq0p', 'PASSWORD_TOO_SHORT', 'password must be between 8 and 128 characters'],
  ['Password1', 'PASSWORD_TOO_COMMON', 'The "password" is one of the commonest'],
] as const;

describeOnEveryStore('a new password', (provideStore) => {
  const withGateway = async (env: TestEnv, run: (gateway: TestGateway) => Promise<void>) => {
    const { open: openFunctions } = createFakeFunctions({
      reset: () => ({ status: 'success' }),
    });
    const functions = {
      FUNCTIONS_DIR: 'functions',
      PASSWORD_RESET: 'function',
      PASSWORD_RESET_FUNCTION: 'reset',
    };
    const gateway = await startGateway(
      { ...provideStore().env, ...functions, ...env },
      { openFunctions },
    );
    try {
      await run(gateway);
    } finally {
      await gateway.stop();
    }
  };
  const postRealm = async ({ url }: TestGateway, path: string, body: object) => {
    const response = await fetch(`${url}${APP}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, error: text === '' ? '' : JSON.parse(text).error };
  };

  test.each(BAD)('%s is refused on both protocols: %s', async (password, reason, text) => {
    await withGateway({}, async (gateway) => {
      const send = createGraphQLClient(gateway.url);
      const email = `${reason.toLowerCase()}@example.com`;
      const right = { email, password: 'correct horse' };
      await send(OPERATIONS.registerUser, { variables: right });
      for (const [query, variables] of [
        [OPERATIONS.registerUser, { email: `new-${email}`, password }],
        [ACCOUNT_OPERATIONS.callResetPasswordFunction, { email, password }],
      ] as const) {
        const { errors } = await send(query, { variables });
        expect(errors?.[0]?.extensions).toEqual({
          code: 'BAD_USER_INPUT',
          path: '/password',
          reason,
        });
      }
      for (const path of ['/register', '/reset/call']) {
        const answer = await postRealm(gateway, path, { email, password });
        expect(answer.status).toBe(400);
        expect(answer.error).toContain(text);
      }
      expect((await logInByEmail(send, email, right.password)).code).toBeUndefined();
    });
  });

  test('that was chosen under other rules goes on logging in', async () => {
    const variables = { email: 'early@example.com', password: 'x7!kq0' };
    await withGateway({ PASSWORD_MIN_LENGTH: '6' }, async ({ url }) => {
      const { code } = await createGraphQLClient(url)(OPERATIONS.registerUser, { variables });
      expect(code).toBeUndefined();
    });
    await withGateway({}, async ({ url }) => {
      const send = createGraphQLClient(url);
      const answer = await logInByEmail(send, variables.email, variables.password);
      expect(answer.code).toBeUndefined();
    });
  });
});
