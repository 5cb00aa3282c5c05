/** What a user's values cost where the operator has a schema. */
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { type CostlyRequest, expectBoundedCost, useCostGateway } from '../../support/cost.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

const TIMEOUT = 120_000;
const file = join(tmpdir(), `custom-user-data-cost-${process.pid}.json`);
const stored = (schema: object) => ({ ...schema, 'x-token': false });

/** Every keyword that looks at more than one value or character, on a field that no token carries. */
const SCHEMA = {
  type: 'object',
  properties: {
    unique: stored({ type: 'array', items: { type: ['object', 'number'] }, uniqueItems: true }),
    contains: stored({
      type: 'array',
      items: { type: 'string' },
      contains: { const: 'x' },
      minContains: 2,
    }),
    pattern: stored({ type: 'string', pattern: '^(a+)+$' }),
    email: stored({ type: 'string', format: 'email' }),
    uri: stored({ type: 'string', format: 'uri' }),
    url: stored({ type: 'string', format: 'url' }),
    time: stored({ type: 'string', format: 'date-time' }),
    length: stored({ type: 'string', maxLength: 10 }),
    multiple: stored({ type: 'array', items: { type: 'number', multipleOf: 0.01 } }),
    words: stored({ type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] } }),
  },
};

const gateway = useCostGateway({ CUSTOM_DATA_SCHEMA_FILE: file, TOKEN_BUDGET_BYTES: '8000' });
let authorization: string;
beforeAll(async () => {
  const { accessToken } = await logInAnonymously(createGraphQLClient(gateway.url()));
  authorization = `Bearer ${accessToken}`;
});
afterAll(() => rm(file, { force: true }));
// Before the gateway starts, which is in a hook of its own.
await writeFile(file, JSON.stringify(SCHEMA));

const request = (query: string, variables: object): CostlyRequest => ({
  headers: { authorization },
  body: JSON.stringify({ query, variables }),
});
const TYPED = `mutation ($data: CustomUserDataInput!) {
  writeTypedCustomUserData(newCustomUserData: $data) { result { modifiedCount } } }`;

const VALUES: readonly (readonly [name: string, value: (size: number) => object])[] = [
  ['unique', (size) => ({ unique: Array.from({ length: size / 12 }, (_, i) => ({ k: i })) })],
  ['contains', (size) => ({ contains: Array.from({ length: size / 5 }, () => 'ab') })],
  ['pattern', (size) => ({ pattern: `${'a'.repeat(size)}b` })],
  ['email', (size) => ({ email: `${'a.'.repeat(size / 2)}@` })],
  ['uri', (size) => ({ uri: `http://${'a:'.repeat(size / 2)}\n` })],
  ['url', (size) => ({ url: `ftp://172.30.3.56${'4.1.6.7:155'.repeat(size / 11)}\n` })],
  ['time', (size) => ({ time: `2020-01-01T00:00:00.${'1'.repeat(size)}` })],
  ['length', (size) => ({ length: '\u{1F600}'.repeat(size / 4) })],
  ['multiple', (size) => ({ multiple: Array.from({ length: size / 6 }, () => 0.005) })],
  ['words', (size) => ({ words: Array.from({ length: size / 4 }, () => 'x') })],
];

describe('a value that no token carries, held to', () => {
  test.each(VALUES)(
    '%s',
    async (_name, value) => {
      const write = (size: number) => request(OPERATIONS.write, { data: value(size) });
      await expectBoundedCost(gateway, write, { smallest: 15_000, largest: 400_000 });
    },
    TIMEOUT,
  );

  test.each(VALUES)(
    '%s in the typed input',
    async (_name, value) => {
      const write = (size: number) => request(TYPED, { data: value(size) });
      await expectBoundedCost(gateway, write, { smallest: 15_000, largest: 400_000 });
    },
    TIMEOUT,
  );
});

test(
  'a document that does not fit its token is not held to the schema',
  async () => {
    const write = (size: number) =>
      request(OPERATIONS.write, {
        data: { other: Array.from({ length: size / 12 }, (_, i) => ({ k: i })) },
      });
    await expectBoundedCost(gateway, write, { smallest: 15_000, largest: 400_000 });
  },
  TIMEOUT,
);
