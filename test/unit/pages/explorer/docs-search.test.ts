import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { searchSchema } from '../../../../src/pages/explorer/docs-search.ts';

const SCHEMA = buildSchema(`
  type Query { user: User oldUser: User }
  type User { name: String }
  input UserInput { userName: String }
  enum Other { USER }
`);
const found = (text: string) =>
  searchSchema(SCHEMA, text).map(({ type, field }) => (field ? `${type}.${field}` : type));

test('finds types and fields by a part of their names, those that begin with it first', () => {
  const all = found(' USER ');
  expect(all.slice(0, -1).sort()).toEqual([
    'Query.user',
    'User',
    'UserInput',
    'UserInput.userName',
  ]);
  expect(all.at(-1)).toBe('Query.oldUser');
});

test('finds nothing for nothing, and nothing of introspection', () => {
  expect(found(' ')).toEqual([]);
  expect(found('__Type')).toEqual([]);
});

test('finds at most fifty', () => {
  const fields = Array.from({ length: 80 }, (_, index) => `field${index}: Int`).join(' ');
  expect(searchSchema(buildSchema(`type Query { ${fields} }`), 'field')).toHaveLength(50);
});
