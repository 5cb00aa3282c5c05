/** An answer that is kept is the one that would be made, byte for byte, and is never given when it would not be. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { canonicalDocument, mostly } from '../../support/json-arbitraries.ts';
import { headersOf, type KeepingPair, startKeepingPair } from '../../support/keeping-pair.ts';
import { postRaw } from '../../support/raw-request.ts';

const REPLACE = `mutation ($data: JSON!) {
  writeCustomUserData(newCustomUserData: $data, mode: REPLACE) { accessToken }
}`;
const ME = JSON.stringify({ query: 'query Me { me { id customData } }' });

describe('an answer that is kept', () => {
  let clock = Date.now();
  let pair: KeepingPair;
  beforeAll(async () => {
    pair = await startKeepingPair({ now: () => clock });
  });
  afterAll(() => pair.stop());

  /** Fields that use the variables. */
  const USED = 'shown: customData(format: $form) read: customDataReadAt @skip(if: $skip)';

  const fields = [
    ...[
      'id',
      '__typename',
      'customData',
      'customDataRevision',
      'customDataReadAt',
      'tokenExpiresAt',
    ],
    ...['RELAXED', 'CANONICAL', 'PLAIN'].map((form) => `as${form}: customData(format: ${form})`),
    ...['true', 'false'].map((isIn) => `when${isIn}: customData @include(if: ${isIn})`),
    ...['...f', '... on User { x: id }', 'other: id @skip(if: $skip)'],
  ];
  const operation = fc.record({
    fields: fc.array(mostly(fields, 'nothing', 'customDataHistory { totalCount }'), {
      minLength: 1,
      maxLength: 5,
    }),
    root: mostly(
      ['me', 'caller: me', 'a: me { id } b: me', '__typename me'],
      'apiKeys { id } me',
      'he',
    ),
    form: mostly(['RELAXED', 'CANONICAL', 'PLAIN', null], 'OTHER'),
    skip: fc.boolean(),
    tail: fc.constantFrom('', ' ', '\n'),
  });
  const headers = fc.record(
    {
      accept: mostly(
        ['*/*', 'application/json', 'application/graphql-response+json'],
        'text/html',
        'x',
      ),
      'content-type': mostly(['application/json', 'application/json; charset=utf-8'], 'text/plain'),
      origin: fc.constantFrom('http://localhost:3000', 'http://else.example'),
      host: mostly(['gateway.example', 'other.example'], '['),
      'apollo-require-preflight': fc.constantFrom('true', ''),
      'x-forwarded-proto': fc.constantFrom('https', 'x y'),
      'accept-encoding': fc.constantFrom('gzip', 'identity'),
      'x-other': mostly(['one'], 'x'.repeat(9000), 'x'.repeat(66_000)),
      connection: fc.constantFrom('close', 'keep-alive'),
    },
    { requiredKeys: [] },
  );

  test('is, headers and all, the answer that is made without', async () => {
    const { accessToken: empty } = await logInAnonymously(pair.send);
    const found = await pair.countFound(() =>
      fc.assert(
        fc.asyncProperty(
          canonicalDocument,
          operation,
          headers,
          fc.boolean(),
          async (document, made, others, has) => {
            const written = await pair.send(REPLACE, {
              token: empty,
              variables: { data: document },
            });
            // One that is too large for a token.
            fc.pre(written.errors === undefined);
            const tokens = has
              ? [written.data.writeCustomUserData.accessToken, empty]
              : [undefined];
            const { form, root, skip, tail } = made;
            const usesFragment = made.fields.includes('...f');
            const query = `query Q($form: EJSONFormat, $skip: Boolean!) { ${root} { ${made.fields.join(' ')} ${USED} } }${tail}${
              usesFragment ? 'fragment f on User { id again: id }' : ''
            }`;
            const body = JSON.stringify({ query, variables: { form, skip } });
            for (const token of [...tokens, ...tokens]) {
              const sent = headersOf(token, others);
              const expected = await postRaw(pair.plain.url, sent, body);
              expect(await postRaw(pair.keeping.url, sent, body)).toEqual(expected);
            }
          },
        ),
        { numRuns: 300, endOnFailure: true },
      ),
    );
    // Otherwise nothing was shown.
    expect(found.answer).toBeGreaterThan(50);
    expect(found.operation).toBeGreaterThan(20);
    expect(found.nothing).toBeGreaterThan(50);
  }, 120_000);

  /** As routers ask: `@apollo/gateway`, Hive Gateway, Apollo Router. */
  const routerHeaders = fc.record(
    {
      accept: mostly(
        [
          '*/*',
          'application/graphql-response+json, application/json, multipart/mixed',
          'application/json, application/graphql-response+json',
        ],
        'multipart/mixed',
      ),
      'content-type': mostly(['application/json'], 'application/json; charset=utf-8'),
      'accept-encoding': fc.constantFrom('gzip, deflate', 'gzip, deflate, br'),
      'user-agent': fc.constantFrom('node', 'other/1.0'),
      'x-forwarded-for': fc.constantFrom('192.0.2.7', '192.0.2.7, 192.0.2.8'),
    },
    { requiredKeys: ['accept', 'content-type'] },
  );
  /** Of the caller, of somebody else, of nobody. */
  const references = fc.array(
    mostly<'own' | 'other' | 'none' | 'wrong' | 'null'>(['own', 'other'], 'none', 'wrong', 'null'),
    { maxLength: 5 },
  );

  test('is that of a reference, too, as routers ask for them', async () => {
    const { accessToken, user } = await logInAnonymously(pair.send);
    const { accessToken: another } = await logInAnonymously(pair.send);
    const representationOf = {
      own: { __typename: 'User', id: user.id },
      other: { __typename: 'User', id: '0'.repeat(24) },
      none: { __typename: 'User' },
      wrong: user.id,
      null: null,
    };
    const query =
      'query B__account__1($representations:[_Any!]!){_entities(representations:$representations){__typename ...on User{id customData}}}';
    const found = await pair.countFound(() =>
      fc.assert(
        fc.asyncProperty(
          references,
          routerHeaders,
          fc.boolean(),
          async (kinds, others, isNamed) => {
            const representations = kinds.map((kind) => representationOf[kind]);
            const operationName = isNamed ? { operationName: 'B__account__1' } : {};
            const body = JSON.stringify({
              query,
              variables: { representations },
              ...operationName,
            });
            for (const token of [accessToken, another, accessToken, undefined]) {
              const sent = headersOf(token, others);
              const expected = await postRaw(pair.plain.url, sent, body);
              expect(await postRaw(pair.keeping.url, sent, body)).toEqual(expected);
              if (token !== accessToken) expect(expected.body).not.toContain('"id":');
            }
          },
        ),
        { numRuns: 100, endOnFailure: true },
      ),
    );
    expect(found.answer).toBeGreaterThan(50);
    expect(found.operation).toBeGreaterThan(20);
    expect(found.nothing).toBeGreaterThan(50);
  }, 60_000);

  test('is given to nobody but the bearer of the token', async () => {
    const { accessToken } = await logInAnonymously(pair.send);
    const [head = '', payload = '', signature = ''] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: '0'.repeat(24) })).toString(
      'base64url',
    );
    expect((await postRaw(pair.keeping.url, headersOf(accessToken), ME)).status).toBe(200);
    const answers = await pair.countFound(async () => {
      // The end of the token is the same.
      for (const token of [`${head}.${forged}.${signature}`, `${head}x.${payload}.${signature}`]) {
        expect((await postRaw(pair.keeping.url, headersOf(token), ME)).status).toBe(401);
      }
      const nobody = await postRaw(pair.keeping.url, headersOf(undefined), ME);
      expect(JSON.parse(nobody.body)).toEqual({ data: { me: null } });
    });
    expect(answers.answer).toBe(0);
  });

  test('is given until the token expires, whatever becomes of its session', async () => {
    const { accessToken } = await logInAnonymously(pair.send);
    const first = await postRaw(pair.keeping.url, headersOf(accessToken), ME);
    await pair.send('mutation { logOut }', { token: accessToken });
    expect(await postRaw(pair.keeping.url, headersOf(accessToken), ME)).toEqual(first);
    const { exp } = JSON.parse(
      Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
    );
    const now = clock;
    try {
      clock = exp * 1000 - 1;
      const last = await pair.countFound(async () => {
        expect(await postRaw(pair.keeping.url, headersOf(accessToken), ME)).toEqual(first);
      });
      expect(last).toEqual({ answer: 1, operation: 0, nothing: 0 });
      clock = exp * 1000;
      const { body, status } = await postRaw(pair.keeping.url, headersOf(accessToken), ME);
      expect(status).toBe(401);
      expect(JSON.parse(body).errors[0].extensions.reason).toBe('TOKEN_EXPIRED');
    } finally {
      clock = now;
    }
  });

  test.each([
    ['an operation that reads the store', '{ me { id } apiKeys { id } }', 2],
    ['one that fails there', '{ me { id customDataHistory { totalCount } } }', 0],
    ['a mutation', 'mutation { refreshCustomData { customData } }', 2],
    ['an error', '{ me { nothing } }', 0],
  ])('is not one of %s', async (_name, query, operation) => {
    const { accessToken } = await logInAnonymously(pair.send);
    const body = JSON.stringify({ query });
    const found = await pair.countFound(async () => {
      for (let n = 0; n < 3; n += 1) await postRaw(pair.keeping.url, headersOf(accessToken), body);
    });
    expect(found).toEqual({ answer: 0, operation, nothing: 3 - operation });
  });

  test('leaves the same line in the log and the same figures as any other', async () => {
    const logIn = () => logInAnonymously(createGraphQLClient(pair.keeping.url));
    const { accessToken: another } = await logIn();
    const { accessToken, user } = await logIn();
    await postRaw(pair.keeping.url, headersOf(another), ME);
    const count = async () => {
      const text = await (await fetch(`${pair.keeping.url}/metrics`)).text();
      const line =
        /^http_request_duration_seconds_count\{method="POST",route="\/graphql",status="200"\} (\d+)$/m;
      return Number(line.exec(text)?.[1]);
    };
    const lines = () =>
      pair.keeping
        .logText()
        .trim()
        .split('\n')
        .slice(-5)
        .map((line) => JSON.parse(line));
    const before = await count();
    const found = await pair.countFound(async () => {
      for (let n = 0; n < 4; n += 1) await postRaw(pair.keeping.url, headersOf(accessToken), ME);
    });
    // What claims alone answer is kept when its token comes again.
    expect(found).toEqual({ nothing: 0, operation: 2, answer: 2 });
    expect(await count()).toBe(before + 4);
    const requests = lines().filter(({ route }) => route === '/graphql');
    const shapes = requests.map((line) => Object.keys(line));
    expect(shapes.every((shape) => shape.join() === shapes[0]?.join())).toBe(true);
    expect(new Set(requests.map(({ reqId }) => reqId)).size).toBe(requests.length);
    for (const line of requests) {
      expect(line).toMatchObject({ level: 30, method: 'POST', status: 200, msg: 'request' });
      expect(line).toMatchObject({ address: '127.0.0.1', operation: 'Me', userId: user.id });
      expect(line.milliseconds).toEqual(expect.any(Number));
    }
  });
});

describe('RESPONSE_CACHE_BYTES=0', () => {
  test('keeps nothing', async () => {
    const directory = await createTemporaryDirectory();
    const gateway = await startGateway({ DATA_DIR: directory.path, RESPONSE_CACHE_BYTES: '0' });
    try {
      const { accessToken } = await logInAnonymously(createGraphQLClient(gateway.url));
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${accessToken}`,
      };
      for (let n = 0; n < 3; n += 1) await postRaw(gateway.url, headers, ME);
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(text).not.toMatch(/^response_cache_requests_total\{/m);
    } finally {
      await gateway.stop();
      await directory.remove();
    }
  });
});
