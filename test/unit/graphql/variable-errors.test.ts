import { describe, expect, test } from '@jest/globals';
import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { findVariableErrors } from '../../../src/graphql/variable-errors.ts';

const SCHEMA = buildSchema(`
  input Address { city: String! zip: Int }
  input Choice @oneOf { a: Int b: Int }
  enum Color { RED GREEN }
  type Query { field(address: Address, list: [Address!], color: Color, choice: Choice, n: Int): Int }
`);
const SECRET = 'hunter2-secret';

function errorsOf(type: string, value: unknown, namesSchema = true): string[] {
  const document = parse(`query ($v: ${type}) { field }`);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const definitions = operation.variableDefinitions ?? [];
  return findVariableErrors(SCHEMA, definitions, { v: value }, { namesSchema });
}

describe('an error about a variable names place and type', () => {
  test.each([
    ['Int', SECRET, 'at "v"; Expected type "Int"'],
    ['Address', { city: [SECRET] }, 'at "v.city"; Expected type "String"'],
    [
      '[Address!]',
      [{ city: 'x' }, { city: 'x', zip: SECRET }],
      'at "v.1.zip"; Expected type "Int"',
    ],
    ['Color', SECRET, 'at "v"; Expected type "Color"'],
    ['Address', SECRET, 'at "v"; Expected type "Address" to be an object.'],
    ['Address', {}, 'at "v"; Field "city" of required type "String!" was not provided.'],
    ['Address', { city: 'x', zap: 1 }, 'Field "zap" is not defined by type "Address"'],
    ['Choice', { a: 1, b: 2 }, 'Exactly one key must be specified for OneOf type "Choice".'],
  ])('%s', (type, value, expected) => {
    const errors = errorsOf(type, value);
    expect(errors).toEqual([expect.stringContaining(expected)]);
    expect(errors.join()).not.toContain(SECRET);
  });
});

test('where the schema is hidden it names nothing of it', () => {
  for (const value of [SECRET, {}, { city: 'x', zap: 1 }, { city: [SECRET] }]) {
    for (const error of errorsOf('Address', value, false)) {
      expect(error).toMatch(
        /^Variable "\$v" got an invalid value at "v[^"]*"; The value does not fit$/,
      );
    }
  }
});

test('there are at most ten', () => {
  expect(errorsOf('[Int!]', Array(1000).fill('x'))).toHaveLength(10);
});

test('a value that fits has none', () => {
  expect(errorsOf('Address', { city: 'x', zip: 1 })).toEqual([]);
  expect(errorsOf('[Address!]', { city: 'x' })).toEqual([]);
  expect(errorsOf('Color', 'RED')).toEqual([]);
});
