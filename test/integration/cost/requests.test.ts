/** What requests cost before any use case sees them: headers, bodies, documents, variables. */
import { beforeAll, describe, test } from '@jest/globals';
import { type CostlyRequest, expectBoundedCost, useCostGateway } from '../../support/cost.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

const TIMEOUT = 120_000;
const APP = '/api/client/v2.0/app/myapp-abcde';
const BODY = { smallest: 30_000, largest: 480_000 };
const HEADER = { smallest: 4_000, largest: 64_000 };

const gateway = useCostGateway({
  CUSTOM_DATA_CLIENT_ACCESS: 'write',
  TRUST_PROXY: 'true',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'a@example.com',
});
let token: string;
let refreshToken: string;
beforeAll(async () => {
  ({ accessToken: token, refreshToken } = await logInAnonymously(
    createGraphQLClient(gateway.url()),
  ));
});

const graphql = (query: string, variables: object = {}): CostlyRequest => ({
  headers: { authorization: `Bearer ${token}` },
  body: JSON.stringify({ query, variables }),
});

describe('a header', () => {
  const routes: readonly (readonly [string, CostlyRequest])[] = [
    ['GraphQL', { body: '{"query":"{ me { id } }"}' }],
    ['location', { path: `${APP}/location` }],
    ['log in', { path: `${APP}/auth/providers/anon-user/login`, body: '{}' }],
    ['session', { path: '/api/client/v2.0/auth/session', method: 'POST' }],
  ];
  const headers: readonly (readonly [string, (size: number) => string])[] = [
    ['x-forwarded-host', (size) => `a${'/'.repeat(size)}x`],
    ['x-forwarded-proto', (size) => `${'/'.repeat(size)}x`],
    ['x-forwarded-for', (size) => '1,'.repeat(size / 2)],
    ['content-type', (size) => `application/json;${' '.repeat(size)}x`],
    ['accept', (size) => 'a/b;q=0.1,'.repeat(size / 10)],
    ['origin', (size) => `http://${'a.'.repeat(size / 2)}`],
    ['authorization', (size) => `Bearer ${'a.'.repeat(size / 2)}`],
    ['cookie', (size) => 'a=b;'.repeat(size / 4)],
    ['jwttokenstring', (size) => 'a.'.repeat(size / 2)],
  ];
  for (const [route, request] of routes) {
    test.each(headers)(
      `%s of ${route}`,
      async (name, value) => {
        const send = (size: number) => ({ ...request, headers: { [name]: value(size) } });
        await expectBoundedCost(gateway, send, HEADER);
      },
      TIMEOUT,
    );
  }
});

describe('a body', () => {
  test.each<[string, (size: number) => string]>([
    ['deep lists', (size) => '['.repeat(size)],
    ['deep closed lists', (size) => '['.repeat(size / 2) + ']'.repeat(size / 2)],
    [
      'deep variables',
      (size) =>
        `{"query":"${OPERATIONS.write.replaceAll(/\s+/g, ' ')}","variables":{"data":{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}}}`,
    ],
    ['spaces', (size) => ' '.repeat(size)],
    ['the same key', (size) => `{${'"a":1,'.repeat(size / 6)}"a":1}`],
    ['many operations', (size) => `[${'{"query":"{ me { id } }"},'.repeat(size / 27)}{}]`],
    [
      'an operation name',
      (size) => `{"query":"{ me { id } }","operationName":"${'a'.repeat(size)}"}`,
    ],
    [
      'extensions',
      (size) => `{"query":"{ me { id } }","extensions":{${'"a":1,'.repeat(size / 6)}"b":1}}`,
    ],
  ])(
    'of %s',
    async (_name, body) => {
      const send = (size: number) => ({
        headers: { authorization: `Bearer ${token}` },
        body: body(size),
      });
      await expectBoundedCost(gateway, send, BODY);
      await expectBoundedCost(
        gateway,
        (size) => ({ ...send(size), path: `${APP}/functions/call` }),
        BODY,
      );
    },
    TIMEOUT,
  );
});

describe('a document', () => {
  test.each<[string, (size: number) => string]>([
    ['a long literal', (size) => `{ me { customData(format: "${'x'.repeat(size)}") } }`],
    ['a long block string', (size) => `{ a(b: """${'\\n '.repeat(size / 3)}""") }`],
    ['a long name', (size) => `{ ${'x'.repeat(size)} }`],
    ['a long number', (size) => `{ a(b: ${'1'.repeat(size)}) }`],
    ['comments', (size) => `{ me { id } } ${'#a\n'.repeat(size / 3)}`],
    ['commas', (size) => `{ me { id } ${','.repeat(size)} }`],
    ['unknown fields', (size) => `{ ${'abc '.repeat(size / 4)} }`],
    [
      'fragments',
      (size) =>
        `{ ...f0 } ${Array.from({ length: size / 50 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(' ')}`,
    ],
    ['directives', (size) => `{ me { id ${'@include(if: true) '.repeat(size / 19)} } }`],
    [
      'variables',
      (size) =>
        `query (${Array.from({ length: size / 12 }, (_, i) => `$v${i}: Int`).join(' ')}) { me { id } }`,
    ],
  ])(
    'of %s',
    async (_name, query) => {
      await expectBoundedCost(gateway, (size) => graphql(query(size)), BODY);
    },
    TIMEOUT,
  );
});

describe('variables', () => {
  const keys = (size: number) =>
    Object.fromEntries(Array.from({ length: size / 10 }, (_, i) => [`k${i}`, 1]));
  test.each<[string, (size: number) => CostlyRequest]>([
    [
      'unknown keys of credentials',
      (size) => graphql(OPERATIONS.logIn, { credentials: keys(size) }),
    ],
    [
      'unknown keys inside',
      (size) => graphql(OPERATIONS.logIn, { credentials: { emailPassword: keys(size) } }),
    ],
    [
      'a long unknown key',
      (size) => graphql(OPERATIONS.logIn, { credentials: { ['k'.repeat(size)]: 1 } }),
    ],
    [
      'wrong operations',
      (size) => graphql(OPERATIONS.update, { operations: Array(size / 2).fill(1) }),
    ],
    [
      'empty operations',
      (size) => graphql(OPERATIONS.update, { operations: Array(Math.floor(size / 3)).fill({}) }),
    ],
    [
      'a long value of an enumeration',
      (size) => graphql(OPERATIONS.write, { data: {}, mode: 'M'.repeat(size) }),
    ],
    [
      'an address',
      (size) =>
        graphql(OPERATIONS.registerUser, {
          email: `${'a.'.repeat(size / 2)}@`,
          password: 'password-1',
        }),
    ],
    [
      'a password',
      (size) =>
        graphql(OPERATIONS.registerUser, {
          email: `a${size}@example.com`,
          password: 'p'.repeat(size),
        }),
    ],
    [
      'an API key',
      (size) => graphql(OPERATIONS.logIn, { credentials: { apiKey: { key: 'k'.repeat(size) } } }),
    ],
    [
      'a JWT',
      (size) =>
        graphql(OPERATIONS.logIn, { credentials: { customJwt: { token: 'a.'.repeat(size / 2) } } }),
    ],
    [
      'a refresh token',
      (size) =>
        graphql(OPERATIONS.refreshSession, { refreshToken: `${refreshToken}${'a'.repeat(size)}` }),
    ],
    [
      'a revision',
      (size) => graphql(OPERATIONS.write, { data: { a: 1 }, expectedRevision: 'r'.repeat(size) }),
    ],
  ])(
    'of %s',
    async (_name, request) => {
      await expectBoundedCost(gateway, request, BODY);
    },
    TIMEOUT,
  );
});
