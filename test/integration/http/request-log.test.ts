/** What the line of a request says: which operation it was, whose, from where, and what came of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createTemporaryDirectory,
  startGateway,
  type TestGateway,
  useEmbeddedGateway,
} from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

interface Line {
  readonly msg: string;
  readonly route?: string;
  readonly status?: number;
  readonly address?: string;
  readonly operation?: string;
  readonly userId?: string;
  readonly code?: string;
}

/** The lines of requests that were answered while `run` ran, of which there are `count`. */
async function linesOf(gateway: TestGateway, run: () => Promise<unknown>, count = 1) {
  const read = () =>
    gateway
      .logText()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as Line);
  const before = read().length;
  await run();
  // The line is written once the answer has gone out.
  while (read().length < before + count) await new Promise((resolve) => setImmediate(resolve));
  return read().slice(before);
}

const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('the line of a request', () => {
  const gateway = useEmbeddedGateway();
  const ask = (query: string, headers: Readonly<Record<string, string>> = {}) =>
    linesOf(gateway(), () => post(`${gateway().url}/graphql`, JSON.stringify({ query }), headers));

  test('names the operation that was executed, and is silent of one without a name', async () => {
    expect(await ask('query Mine { __typename }')).toMatchObject([{ operation: 'Mine' }]);
    for (const query of ['{ __typename }', 'query Mine { nothing }', 'query Mine {']) {
      const [line] = await ask(query);
      expect(line).not.toHaveProperty('operation');
    }
  });

  test('has at most 100 characters of its name', async () => {
    const [line] = await ask(`query ${'N'.repeat(101)} { __typename }`);
    expect(line?.operation).toBe('N'.repeat(100));
  });

  test('names the user whose token it was, if a field asked for the caller', async () => {
    const { accessToken, user } = await logInAnonymously(createGraphQLClient(gateway().url));
    const authorization = `Bearer ${accessToken}`;
    expect(await ask('{ me { id } }', { authorization })).toMatchObject([{ userId: user.id }]);
    const [line] = await ask('{ __typename }', { authorization });
    expect(line).not.toHaveProperty('userId');
  });

  test('has the code of the first error, on every protocol', async () => {
    expect(await ask('mutation { logOut }')).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect(await ask('{ nothing }')).toMatchObject([{ code: 'GRAPHQL' }]);
    const { url } = gateway();
    const others: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => post(`${url}/graphql`, '{'), 'BAD_REQUEST'],
      [() => fetch(`${url}/nowhere`), 'BAD_REQUEST'],
      [() => fetch(`${url}/api/client/v2.0/auth/profile`), 'UNAUTHENTICATED'],
      [
        () =>
          post(
            `${url}/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/login`,
            JSON.stringify({ username: 'a@b.example', password: 'wrong password' }),
          ),
        'InvalidPassword',
      ],
    ];
    for (const [send, code] of others) {
      expect(await linesOf(gateway(), send)).toMatchObject([{ code }]);
    }
  });

  test('has no code where nothing failed', async () => {
    const [line] = await ask('query Fine { __typename }');
    expect(line).not.toHaveProperty('code');
  });
});

test('the address is that of the client behind proxies that are trusted, however it is answered', async () => {
  const directory = await createTemporaryDirectory();
  const gateway = await startGateway({ DATA_DIR: directory.path, TRUST_PROXY: 'true' });
  try {
    const body = JSON.stringify({ query: 'query Kept { __typename }' });
    const from = (address: string) =>
      linesOf(gateway, () =>
        post(`${gateway.url}/graphql`, body, { 'x-forwarded-for': `${address}, 10.0.0.1` }),
      );
    expect(await from('192.0.2.1')).toMatchObject([{ address: '192.0.2.1' }]);
    // Kept by now.
    expect(await from('192.0.2.2')).toMatchObject([{ address: '192.0.2.2' }]);
    expect(await from('x'.repeat(46))).toMatchObject([{ address: 'x'.repeat(45) }]);
  } finally {
    await gateway.stop();
    await directory.remove();
  }
});

describe('LOG_USER_IDS=hashed', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
  });
  afterAll(() => directory.remove());

  test('shows a hash of each user id in every line, the same after another start', async () => {
    const env = { DATA_DIR: directory.path, LOG_USER_IDS: 'hashed' };
    const shown = new Set<string | undefined>();
    let token: string | undefined;
    for (let start = 0; start < 2; start += 1) {
      const gateway = await startGateway(env);
      const send = createGraphQLClient(gateway.url);
      const first = token === undefined ? await logInAnonymously(send) : null;
      token ??= first?.accessToken as string;
      const read = () => send(OPERATIONS.me, { token: token as string });
      const [line, again] = await linesOf(gateway, async () => [await read(), await read()], 2);
      expect(line?.userId).toMatch(/^[\w-]{22}$/);
      shown.add(line?.userId).add(again?.userId);
      const userId = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
        .sub as string;
      await gateway.stop();
      expect(gateway.logText()).not.toContain(userId);
    }
    expect(shown.size).toBe(1);
  });
});
