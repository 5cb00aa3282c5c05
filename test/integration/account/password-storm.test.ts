import { expect, test } from '@jest/globals';
import { createCoreClient } from '../../support/core-client.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

/** More than can be hashed and wait at once: two and sixty-four. */
const STORM = 500;

const gateway = useEmbeddedGateway();
const email = 'somebody@example.com';

/** Logs in with wrong passwords to an account that is there, and to one that is not, in turns. */
function storm<Answer>(logIn: (email: string) => Promise<Answer>) {
  const all = Array.from({ length: STORM }, (_, index) =>
    logIn(index % 2 === 0 ? email : 'nobody@example.com'),
  );
  return Promise.all(all);
}

test('a storm of wrong passwords is refused with RATE_LIMITED, whether the account is there or not', async () => {
  const send = createGraphQLClient(gateway().url);
  await send(OPERATIONS.registerUser, { variables: { email, password: 'the right one' } });
  const { accessToken, user } = await logInAnonymously(send);
  const answers = storm((address) =>
    send(OPERATIONS.logIn, {
      variables: { credentials: { emailPassword: { email: address, password: 'wrong one' } } },
    }),
  );
  expect((await send(OPERATIONS.me, { token: accessToken })).data.me).toEqual(user);
  const outcomes = (await answers).map(({ code, headers, status }, index) => ({
    outcome: `${status} ${code}, retry after ${headers.get('retry-after')}`,
    isThere: index % 2 === 0,
  }));
  for (const isThere of [true, false]) {
    const seen = outcomes.filter((each) => each.isThere === isThere);
    expect(new Set(seen.map(({ outcome }) => outcome))).toEqual(
      new Set(['401 INVALID_CREDENTIALS, retry after null', '429 RATE_LIMITED, retry after 1']),
    );
  }
  const logIn = await send(OPERATIONS.logIn, {
    variables: { credentials: { emailPassword: { email, password: 'the right one' } } },
  });
  expect(logIn.code).toBeUndefined();
});

test('the App Services protocol answers 429 then, too', async () => {
  const send = createCoreClient(gateway().url);
  const path = '/app/myapp-abcde/auth/providers/local-userpass/login';
  const answers = await storm((username) =>
    send('POST', path, { body: { username, password: 'wrong one' } }),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
});
