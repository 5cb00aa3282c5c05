/** What clients' queries cost that are small themselves and are asked of the largest document that a user may store. */
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CostlyRequest, useCostGateway } from '../../support/cost.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

const TIMEOUT = 300_000;
/** Conditions that are few, and eight times as many: a query may have a hundred, which look at every value. */
const FEW = 12;
const MANY = 96;
/** How many times as much the many may cost. */
const MAX_GROWTH = 4;
/** CPU time from which a request is worth measuring, in seconds. */
const MEASURABLE = 0.1;
const file = join(tmpdir(), `custom-user-data-queries-${process.pid}.json`);

const gateway = useCostGateway({
  CUSTOM_DATA_CLIENT_ACCESS: 'write',
  CUSTOM_DATA_SCHEMA_FILE: file,
});
let authorization: string;
beforeAll(async () => {
  const { accessToken } = await logInAnonymously(createGraphQLClient(gateway.url()));
  authorization = `Bearer ${accessToken}`;
});
afterAll(() => rm(file, { force: true }));
// Before the gateway starts, which is in a hook of its own.
await writeFile(
  file,
  JSON.stringify({ type: 'object', properties: { a: { type: 'array', 'x-token': false } } }),
);

const ask = (query: object): CostlyRequest => ({
  path: '/api/client/v2.0/app/myapp-abcde/functions/call',
  headers: { authorization },
  body: JSON.stringify({
    name: 'count',
    service: 'mongodb-atlas',
    arguments: [{ database: 'custom-user-data-database', collection: 'custom-user-data', query }],
  }),
});
const list = (count: number, item: (index: number) => unknown) =>
  Array.from({ length: Math.floor(count) }, (_, index) => item(index));
const every = (count: number, condition: (index: number) => object) => ({
  $and: list(count, (index) => ({ a: condition(index) })),
});
const decimal = (text: string) => ({ $numberDecimal: text });

describe.each<[string, () => unknown[], Record<string, (count: number) => object>]>([
  [
    'integers',
    () => list(40_000, (index) => index),
    {
      'is not': (count) => every(count / 3, (index) => ({ $ne: -1 - index })),
      'are all among': (count) => ({ a: { $all: list(count / 1.5, (index) => 39_999 - index) } }),
      'is not below': (count) => every(count / 5, () => ({ $not: { $lt: -1 } })),
    },
  ],
  [
    'decimals',
    () => list(12_000, () => decimal('1E6111')),
    {
      'is not': (count) => every(count / 3, (index) => ({ $ne: -1 - index })),
      'is not below': (count) => every(count / 3, () => ({ $not: { $lt: decimal('1E-6176') } })),
    },
  ],
  [
    'doubles of a thousand decimal places',
    () => list(30_000, () => 5e-324),
    {
      'is not': (count) => every(count / 3, (index) => ({ $ne: -1 - index })),
      'is not below': (count) => every(count / 5, () => ({ $not: { $lt: 5e-324 } })),
      'is not below a decimal beside them': (count) =>
        every(count / 3, () => ({ $not: { $lt: decimal('4.940656458412465E-324') } })),
    },
  ],
  [
    'documents',
    () => list(8_000, () => ({ b: 1 })),
    {
      'is not': (count) => every(count / 3, (index) => ({ $ne: { b: -1 - index } })),
      'has no item with': (count) =>
        every(count / 5, (index) => ({ $not: { $elemMatch: { b: -1 - index } } })),
    },
  ],
])('a query of a hundred conditions on %s', (_what, values, queries) => {
  beforeAll(async () => {
    const body = JSON.stringify({ query: OPERATIONS.write, variables: { data: { a: values() } } });
    const { text } = await gateway.send({ headers: { authorization }, body });
    expect(JSON.parse(text).errors).toBeUndefined();
  });

  test.each(Object.entries(queries))(
    'costs less than four times as much as one of a dozen: %s',
    async (_name, query) => {
      const { status } = await gateway.send(ask(query(MANY)));
      expect(status).toBe(200);
      const few = await gateway.cost(ask(query(FEW)));
      const many = await gateway.cost(ask(query(MANY)));
      expect(many).toBeLessThanOrEqual(MAX_GROWTH * Math.max(few, MEASURABLE));
    },
    TIMEOUT,
  );
});
