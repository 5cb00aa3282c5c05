import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import {
  checkVariables,
  chooseOperation,
  isReissuing,
  MAX_CHARACTERS,
  operationsOf,
  parseObject,
  parseOperations,
  prettify,
} from '../../../../src/pages/explorer/operations.ts';

const SCHEMA = buildSchema(`
  scalar JSON
  enum Mode { MERGE REPLACE }
  input Way @oneOf { byName: String byId: ID }
  input Place { town: String! floor: Int }
  type WriteCustomUserDataPayload { accessToken: String! }
  type Query { me(way: Way, place: Place, mode: Mode, data: JSON, flag: Boolean): Int }
  type Mutation { write: WriteCustomUserDataPayload! other: Int }
`);

const operation = (query: string, name: string | null = null) => {
  const found = chooseOperation(parseOperations(query), name);
  if (found === null) throw new Error('There is no operation');
  return found;
};

describe('the operation that is meant', () => {
  const QUERY = 'query A { me } fragment F on Query { me } mutation B { other }';

  test('is the one of the name, else the first', () => {
    expect(operation(QUERY, 'B').name?.value).toBe('B');
    expect(operation(QUERY, 'C').name?.value).toBe('A');
    expect(operation(QUERY).name?.value).toBe('A');
  });

  test('is none in what is no GraphQL, or too long to be looked into', () => {
    expect(chooseOperation(parseOperations('{'), null)).toBeNull();
    expect(parseOperations(`{ me } #${'x'.repeat(MAX_CHARACTERS)}`)).toBeNull();
    expect(operationsOf(null)).toEqual([]);
  });
});

describe('variables', () => {
  const problems = (declared: string, values: Record<string, unknown>) =>
    checkVariables(SCHEMA, operation(`query (${declared}) { me }`), values).map(({ path }) =>
      path.join('.'),
    );

  test.each([
    ['$mode: Mode!', { mode: 'MERGE' }],
    ['$mode: Mode! = MERGE', {}],
    ['$way: Way', { way: { byId: '7' } }],
    ['$way: Way', { way: null }],
    ['$data: JSON', { data: { anything: [1, 'a', null] } }],
    ['$places: [Place!]', { places: [{ town: 'Ulm', floor: 1 }] }],
  ])('of their types are good: %s %j', (declared, values) => {
    expect(problems(declared, values)).toEqual([]);
  });

  test.each([
    ['$mode: Mode!', { mode: 'OTHER' }, ['mode']],
    ['$mode: Mode!', { mode: null }, ['mode']],
    ['$mode: Mode!', {}, ['']],
    ['$way: Way', { way: { byId: '7', byName: 'a' } }, ['way']],
    ['$places: [Place!]', { places: [{ town: 'Ulm', floor: 1.5 }] }, ['places.0.floor']],
    ['$flag: Boolean', { flag: 'yes', extra: 1 }, ['flag', 'extra']],
  ])('of others are marked where they are: %s %j', (declared, values, paths) => {
    expect(problems(declared, values)).toEqual(paths);
  });

  test('of a type that the schema does not have are left to the gateway', () => {
    expect(problems('$x: Nothing', { x: 1 })).toEqual([]);
  });
});

test('claims are reissued by mutations that answer with a payload of them', () => {
  expect(isReissuing(SCHEMA, operation('mutation { other write { accessToken } }'))).toBe(true);
  expect(isReissuing(SCHEMA, operation('mutation { other }'))).toBe(false);
  expect(isReissuing(SCHEMA, operation('{ me }'))).toBe(false);
  expect(isReissuing(SCHEMA, null)).toBe(false);
  expect(isReissuing(null, operation('mutation { other }'))).toBe(true);
  expect(isReissuing(null, operation('{ me }'))).toBe(false);
});

test('what is too long or too deep is not looked into', () => {
  expect(parseOperations(`{ a ${' '.repeat(MAX_CHARACTERS)}}`)).toBeNull();
  expect(parseOperations(`${'{ a '.repeat(3000)}${'}'.repeat(3000)}`)).toBeNull();
  expect(parseOperations(`${'{ a '.repeat(100)}${'}'.repeat(100)}`)).not.toBeNull();
});

describe('prettifying', () => {
  test('gives the usual form', () => {
    expect(prettify('query Q{me}')).toBe('query Q {\n  me\n}\n');
  });

  test('leaves what is no GraphQL, and what has comments', () => {
    expect(prettify('query Q{')).toBe('query Q{');
    expect(prettify('# mine\n{me}')).toBe('# mine\n{me}');
  });
});

describe('a JSON object', () => {
  test('is what is read; nothing is an empty one', () => {
    expect(parseObject(' {"a": 1} ', 'The variables')).toEqual({ a: 1 });
    expect(parseObject(' ', 'The variables')).toEqual({});
  });

  test.each(['[1]', 'null', '7', '{'])('is not %s', (text) => {
    expect(() => parseObject(text, 'The variables')).toThrow(/^The variables are no JSON/);
  });
});
