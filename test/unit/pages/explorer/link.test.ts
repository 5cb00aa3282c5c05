/** What a link brings along. */
import { expect, test } from '@jest/globals';
import { parseLink } from '../../../../src/pages/explorer/link.ts';
import { MAX_CHARACTERS } from '../../../../src/pages/explorer/operations.ts';

const hashOf = (parameters: Record<string, string>) => `#${new URLSearchParams(parameters)}`;

test('a link brings an operation, its variables in the usual form, and which operation is meant', () => {
  const parameters = { query: 'query A { me { id } }', variables: '{"a":1}', operationName: 'A' };
  expect(parseLink(hashOf(parameters))).toEqual({ ...parameters, variables: '{\n  "a": 1\n}' });
});

test('variables that are no JSON come as they are, and nothing else comes', () => {
  const hash = hashOf({ query: '{ me }', variables: '{"a', headers: '{"a": "b"}' });
  expect(parseLink(hash)).toEqual({ query: '{ me }', variables: '{"a', operationName: null });
});

test.each(['', '#', '#operation-heading', '#query=', '#query=%20', '#variables=1'])(
  'there is none in %j',
  (hash) => expect(parseLink(hash)).toBeNull(),
);

test.each(['query', 'variables'])(
  'one with %s longer or deeper than the page looks into is left out',
  (name) => {
    for (const much of ['x'.repeat(MAX_CHARACTERS + 1), '['.repeat(1000)]) {
      const parameters = { query: '{ me }', [name]: much };
      expect(parseLink(hashOf(parameters))).toBeNull();
    }
  },
);
