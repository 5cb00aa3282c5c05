/** What values cost that anybody may send: Extended JSON, operators, documents of every shape. */
import { beforeAll, describe, test } from '@jest/globals';
import { type CostlyRequest, expectBoundedCost, useCostGateway } from '../../support/cost.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

const LONGEST = 480_000;
const TIMEOUT = 120_000;

const gateway = useCostGateway({ CUSTOM_DATA_CLIENT_ACCESS: 'write' });
let authorization: string;
beforeAll(async () => {
  const { accessToken } = await logInAnonymously(createGraphQLClient(gateway.url()));
  authorization = `Bearer ${accessToken}`;
});

function graphql(query: string, variables: object): CostlyRequest {
  return { headers: { authorization }, body: JSON.stringify({ query, variables }) };
}
const write = (data: unknown) => graphql(OPERATIONS.write, { data });
const update = (operations: readonly object[]) => graphql(OPERATIONS.update, { operations });
const repeat = (size: number, unit: string) => unit.repeat(Math.ceil(size / unit.length));

describe('a text in a wrapper of Extended JSON', () => {
  test.each([
    ['$numberDouble', (size: number) => ({ $numberDouble: `${repeat(size, '1')}x` })],
    ['$numberDouble with a point', (size: number) => ({ $numberDouble: `.${repeat(size, '1')}x` })],
    ['$numberInt', (size: number) => ({ $numberInt: `${repeat(size, '1')}x` })],
    ['$numberLong', (size: number) => ({ $numberLong: `-${repeat(size, '1')}x` })],
    ['$numberDecimal', (size: number) => ({ $numberDecimal: `${repeat(size, '1')}x` })],
    ['$numberDecimal that fits', (size: number) => ({ $numberDecimal: `0.${repeat(size, '0')}1` })],
    ['$date', (size: number) => ({ $date: `2020-01-01T00:00:00.${repeat(size, '1')}Z` })],
    ['$oid', (size: number) => ({ $oid: repeat(size, 'a') })],
    ['$uuid', (size: number) => ({ $uuid: repeat(size, 'a-') })],
    ['$binary', (size: number) => ({ $binary: { base64: repeat(size, 'AAAA'), subType: '00' } })],
    [
      '$binary, malformed',
      (size: number) => ({ $binary: { base64: `${repeat(size, '=')}x`, subType: '00' } }),
    ],
    [
      '$regularExpression',
      (size: number) => ({ $regularExpression: { pattern: repeat(size, '(a+)+'), options: '' } }),
    ],
    [
      'options',
      (size: number) => ({ $regularExpression: { pattern: '', options: repeat(size, 'ilmsux') } }),
    ],
    ['$symbol', (size: number) => ({ $symbol: repeat(size, 'a') })],
    ['$code', (size: number) => ({ $code: repeat(size, 'a') })],
    ['no wrapper', (size: number) => repeat(size, '\u{1F600}')],
  ])(
    '%s',
    async (_name, value) => {
      await expectBoundedCost(gateway, (size) => write({ a: value(size) }), {
        smallest: 60_000,
        largest: LONGEST,
      });
    },
    TIMEOUT,
  );
});

describe('a document of', () => {
  const list = (size: number, item: (index: number) => unknown) =>
    Array.from({ length: Math.ceil(size / JSON.stringify(item(0)).length) }, (_, i) => item(i));
  test.each([
    [
      'many fields',
      (size: number) => Object.fromEntries(list(size, (i) => [`f${i}`, i]) as [string, number][]),
    ],
    ['many numbers', (size: number) => ({ a: list(size, () => 1) })],
    ['many decimals', (size: number) => ({ a: list(size, () => ({ $numberDecimal: '1E6111' })) })],
    ['many objects', (size: number) => ({ a: list(size, (i) => ({ [`k${i}`]: {} })) })],
    [
      'many refused keys',
      (size: number) => Object.fromEntries(list(size, (i) => [`$f${i}`, i]) as [string, number][]),
    ],
    [
      'refused keys deep inside',
      (size: number) => ({ a: list(size, () => ({ b: { c: { $d: 1 } } })) }),
    ],
    ['many malformed wrappers', (size: number) => ({ a: list(size, () => ({ $numberInt: 'x' })) })],
    ['one long name', (size: number) => ({ [repeat(size, 'n')]: 1 })],
    [
      'one deep path',
      (size: number) =>
        JSON.parse(
          `${'{"a":'.repeat(Math.min(size / 6, 2000))}1${'}'.repeat(Math.min(size / 6, 2000))}`,
        ),
    ],
  ])(
    '%s',
    async (_name, document) => {
      await expectBoundedCost(gateway, (size) => write(document(size)), {
        smallest: 30_000,
        largest: LONGEST,
      });
    },
    TIMEOUT,
  );
});

describe('operators on', () => {
  const decimals = (size: number) =>
    Array.from({ length: size / 30 }, () => ({ $numberDecimal: '1E6111' }));
  const numbers = (size: number) => Array.from({ length: size / 2 }, () => 1);
  const many = (operation: (index: number) => object) =>
    Array.from({ length: 99 }, (_, index) => operation(index));
  test.each([
    [
      'decimals, pull',
      (size: number) => [
        { set: { path: '/a', value: decimals(size) } },
        ...many(() => ({ pull: { path: '/a', value: { $numberDecimal: '1E-6176' } } })),
      ],
    ],
    [
      'decimals, increment',
      (size: number) => [
        { set: { path: '/a', value: { $numberDecimal: '1E6111' } } },
        { set: { path: '/b', value: repeat(size, 'x') } },
        ...many(() => ({ increment: { path: '/a', by: { $numberDecimal: '1E-6176' } } })).slice(1),
      ],
    ],
    [
      'numbers, pull',
      (size: number) => [
        { set: { path: '/a', value: numbers(size) } },
        ...many((i) => ({ pull: { path: '/a', value: i + 2 } })),
      ],
    ],
    [
      'numbers, pull of what is there',
      (size: number) => [
        { set: { path: '/a', value: Array.from({ length: size / 4 }, (_, i) => i % 99) } },
        ...many((i) => ({ pull: { path: '/a', value: i } })),
      ],
    ],
    [
      'numbers, addToSet',
      (size: number) => [
        { set: { path: '/a', value: numbers(size) } },
        ...many((i) => ({ addToSet: { path: '/a', value: i } })),
      ],
    ],
    [
      'numbers, append',
      (size: number) => [
        { set: { path: '/a', value: numbers(size) } },
        ...many((i) => ({ append: { path: '/a', value: i } })),
      ],
    ],
    [
      'numbers, set and pull in turns',
      (size: number) => [
        { set: { path: '/a', value: numbers(size) } },
        ...many((i) =>
          i % 2 === 0 ? { set: { path: '/a/0', value: i } } : { pull: { path: '/a', value: -1 } },
        ),
      ],
    ],
    [
      'objects, pull',
      (size: number) => [
        { set: { path: '/a', value: Array.from({ length: size / 12 }, (_, i) => ({ k: i })) } },
        ...many(() => ({ pull: { path: '/a', value: { k: -1 } } })),
      ],
    ],
    [
      'long pointers',
      (size: number) => many(() => ({ unset: { path: repeat(size / 99, '/~0') } })),
    ],
  ])(
    '%s',
    async (_name, operations) => {
      await expectBoundedCost(gateway, (size) => update(operations(size)), {
        smallest: 30_000,
        largest: 440_000,
      });
    },
    TIMEOUT,
  );
});
