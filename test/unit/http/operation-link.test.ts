/** Where a browser is led that opens the endpoint. */
import { describe, expect, test } from '@jest/globals';
import { linkTo } from '../../../src/http/operation-link.ts';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
const SECONDS = 1000;

const taken = (query: Record<string, unknown>) => {
  const [, hash] = linkTo('./', query).split('#');
  return Object.fromEntries(new URLSearchParams(hash));
};

describe('an operation in the address of the endpoint', () => {
  test('is taken along behind the #, which no server sees', () => {
    const query = { query: 'query A { me { id } }', variables: '{"a": "é&#"}', operationName: 'A' };
    expect(linkTo('./', query).startsWith('./#query=')).toBe(true);
    expect(taken(query)).toEqual(query);
  });

  test('comes alone: nothing else of the address is taken along', () => {
    expect(taken({ query: '{ me { id } }', access_token: 'secret', extensions: '{}' })).toEqual({
      query: '{ me { id } }',
    });
  });

  test.each([TOKEN, `Bearer ${TOKEN}`, `x${TOKEN}`, `-${TOKEN}.more`])(
    'comes without a token that is in it: %s',
    (text) => {
      const { query, variables } = taken({
        query: `{ a(t: "${text}") }`,
        variables: `["${text}"]`,
      });
      for (const each of [query, variables]) {
        expect(each).toContain('TOKEN');
        expect(each).not.toContain('eyJ');
      }
    },
  );

  test('keeps what is no token', () => {
    const query = '{ a(b: "www.example.com", c: 1.5, d: "eyJ") }';
    expect(taken({ query })).toEqual({ query });
  });

  test.each([{}, { query: ['{ a }', '{ b }'] }, { variables: '{}' }, null])(
    'is none in %j: only the page is left',
    (query) => expect(linkTo('./', query)).toBe('./'),
  );

  test('is looked through in time that grows with it and no faster', () => {
    const start = performance.now();
    linkTo('./', { query: '-eyJ'.repeat(200_000) });
    linkTo('./', { query: 'eyJ.'.repeat(200_000) });
    expect(performance.now() - start).toBeLessThan(SECONDS);
  });
});
