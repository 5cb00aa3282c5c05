/** Merging fragments into the operations that spread them. */
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, print } from 'graphql';
import { mergeFragments } from '../../../../src/pages/explorer/merge-fragments.ts';

const SCHEMA = buildSchema(`
  interface Node { id: ID }
  type User implements Node { id: ID name(upper: Boolean): String friend: User }
  type Query { me: User node: Node }
`);

const usual = (query: string) => `${print(parse(query))}\n`;

describe('fragments', () => {
  test.each([
    [
      'of the same type become fields',
      '{ me { ...F } } fragment F on User { id name }',
      '{ me { id name } }',
    ],
    [
      'in fragments, too',
      '{ me { ...F } } fragment F on User { friend { ...G } } fragment G on User { id }',
      '{ me { friend { id } } }',
    ],
    [
      'of another type become inline fragments',
      '{ node { ...F } } fragment F on User { name }',
      '{ node { ... on User { name } } }',
    ],
    [
      'keep their directives',
      'query ($a: Boolean!) { me { ...F @include(if: $a) } } fragment F on User { id }',
      'query ($a: Boolean!) { me { ... on User @include(if: $a) { id } } }',
    ],
    ['inline without a condition become fields', '{ me { ... { id } } }', '{ me { id } }'],
  ])('%s', (_rule, query, merged) => {
    expect(mergeFragments(query, SCHEMA)).toBe(usual(merged));
  });

  test('become inline fragments without a schema', () => {
    expect(mergeFragments('{ me { ...F } } fragment F on User { id }', null)).toBe(
      usual('{ me { ... on User { id } } }'),
    );
  });
});

test('what is asked for twice is asked for once, unless it is another thing', () => {
  const query =
    '{ me { id ...F friend { id } name(upper: true) a: name } } fragment F on User { id friend { name } name }';
  expect(mergeFragments(query, SCHEMA)).toBe(
    usual('{ me { id friend { name id } name name(upper: true) a: name } }'),
  );
});

describe('a text stays as it is', () => {
  // Each fragment spreads the next one twice, under two names.
  const doubling = Array.from(
    { length: 40 },
    (_each, at) =>
      `fragment F${at} on User { a: friend { ...F${at + 1} } b: friend { ...F${at + 1} } }`,
  );

  test.each([
    ['that is no GraphQL', '{ me {'],
    ['with comments', '# mine\n{ me { ...F } } fragment F on User { id }'],
    ['that spreads what is not there', '{ me { ...F } }'],
    ['with a fragment that holds itself', '{ me { ...F } } fragment F on User { friend { ...F } }'],
    ['of fragments alone', 'fragment F on User { id }'],
    [
      'that asks for very much in few words',
      `{ me { ...F0 } } ${doubling.join(' ')} fragment F40 on User { id }`,
    ],
  ])('%s', (_which, query) => {
    expect(mergeFragments(query, SCHEMA)).toBe(query);
  });
});
