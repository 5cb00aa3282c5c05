/** What the routes of App Services and the paths cost. */
import { beforeAll, describe, test } from '@jest/globals';
import { type CostlyRequest, expectBoundedCost, useCostGateway } from '../../support/cost.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';

const TIMEOUT = 120_000;
const APP = '/api/client/v2.0/app/myapp-abcde';
const BODY = { smallest: 30_000, largest: 480_000 };
const HEADER = { smallest: 4_000, largest: 64_000 };

const gateway = useCostGateway({
  CUSTOM_DATA_CLIENT_ACCESS: 'write',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'a@example.com',
});
let token: string;
beforeAll(async () => {
  ({ accessToken: token } = await logInAnonymously(createGraphQLClient(gateway.url())));
});

describe('a route of App Services', () => {
  const post = (path: string, body: (size: number) => unknown) => (size: number) => ({
    path,
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body(size)),
  });
  const call = (name: string, argument: (size: number) => object) =>
    post(`${APP}/functions/call`, (size) => ({
      name,
      service: 'mongodb-atlas',
      arguments: [
        {
          database: 'custom-user-data-database',
          collection: 'custom-user-data',
          ...argument(size),
        },
      ],
    }));
  test.each<[string, (size: number) => CostlyRequest]>([
    [
      'log in by password',
      post(`${APP}/auth/providers/local-userpass/login`, (size) => ({
        username: 'a@'.repeat(size / 2),
        password: 'p',
      })),
    ],
    [
      'register',
      post(`${APP}/auth/providers/local-userpass/register`, (size) => ({
        email: 'a@'.repeat(size / 2),
        password: 'p',
      })),
    ],
    [
      'log in by function',
      post(`${APP}/auth/providers/custom-function/login`, (size) => ({
        $numberDouble: `${'1'.repeat(size)}x`,
      })),
    ],
    [
      'reset',
      post(`${APP}/auth/providers/local-userpass/reset`, (size) => ({
        token: 't'.repeat(size),
        tokenId: 't'.repeat(9),
        password: 'p',
      })),
    ],
    [
      'reset by function',
      post(`${APP}/auth/providers/local-userpass/reset/call`, (size) => ({
        email: 'a@example.com',
        password: 'password-1',
        arguments: [{ $numberDouble: `${'1'.repeat(size)}x` }],
      })),
    ],
    [
      'an unknown function',
      post(`${APP}/functions/call`, (size) => ({ name: 'f'.repeat(size), arguments: [] })),
    ],
    [
      'arguments',
      post(`${APP}/functions/call`, (size) => ({
        name: 'writeCustomUserData',
        arguments: Array(size / 2).fill(1),
      })),
    ],
    [
      'a query of many conditions',
      call('find', (size) => ({ query: { $or: Array(Math.floor(size / 8)).fill({ a: 1 }) } })),
    ],
    [
      'a query with $in',
      call('find', (size) => ({ query: { a: { $in: Array(size / 2).fill(1) } } })),
    ],
    [
      'a query with a long path',
      call('find', (size) => ({ query: { [`a${'.a'.repeat(size / 2)}`]: 1 } })),
    ],
    [
      'a projection',
      call('find', (size) => ({
        query: {},
        project: Object.fromEntries(Array.from({ length: size / 10 }, (_, i) => [`f${i}`, 1])),
      })),
    ],
    [
      'an update',
      call('updateOne', (size) => ({
        query: {},
        update: { $addToSet: { a: { $each: Array(size / 2).fill(1) } } },
      })),
    ],
    [
      'a nested update',
      call('updateOne', (size) => ({
        query: {},
        update: {
          $set: Object.fromEntries(Array.from({ length: size / 14 }, (_, i) => [`f${i}.g`, 1])),
        },
      })),
    ],
  ])(
    '%s',
    async (_name, request) => {
      await expectBoundedCost(gateway, request, BODY);
    },
    TIMEOUT,
  );

  test.each<[string, (size: number) => CostlyRequest]>([
    ['a path', (size) => ({ path: `${APP}/${'a/'.repeat(size / 2)}` })],
    ['slashes', (size) => ({ path: `/api${'/'.repeat(size)}x` })],
    ['encoded characters', (size) => ({ path: `/api/${'%41'.repeat(size / 3)}` })],
    ['a query string', (size) => ({ path: `/graphql?query={me{id}}&${'a=b&'.repeat(size / 4)}` })],
    [
      'a page of an e-mail',
      (size) => ({ path: `/email/confirm?token=${'t'.repeat(size)}&tokenId=a` }),
    ],
  ])(
    '%s',
    async (_name, request) => {
      await expectBoundedCost(gateway, request, HEADER);
    },
    TIMEOUT,
  );
});
