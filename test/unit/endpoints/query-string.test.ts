import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readQueryString } from '../../../src/endpoints/query-string.ts';

test('of a name that is there twice the first value counts, and all stay in the text', () => {
  expect(readQueryString('/a?x=1&x=2&y=%20+', false)).toEqual({
    values: { x: '1', y: '  ' },
    raw: 'x=1&x=2&y=%20+',
    secret: null,
  });
});

test('a URL without a query has none', () => {
  const nothing = { values: {}, raw: '', secret: null };
  expect(readQueryString('/a', false)).toEqual(nothing);
  expect(readQueryString('/a?', true)).toEqual(nothing);
});

test('the secret is taken out, however it is written, and out of the values if the endpoint asks for one', () => {
  expect(readQueryString('/a?x=1&secret=s&%73%65%63%72%65%74=t&y=2', true)).toEqual({
    values: { x: '1', y: '2' },
    raw: 'x=1&y=2',
    secret: 's',
  });
  expect(readQueryString('/a?secret=own', false)).toEqual({
    values: { secret: 'own' },
    raw: '',
    secret: 'own',
  });
  expect(readQueryString('/a?Secret=s&secrets=t', true).raw).toBe('Secret=s&secrets=t');
});

test('a name such as __proto__ is a name', () => {
  const { values } = readQueryString('/a?__proto__=x', false);
  expect(Object.entries(values)).toEqual([['__proto__', 'x']]);
});

test('no value of a secret is ever left in the text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
      const text = new URLSearchParams([...pairs, ['secret', 'hunter2']]).toString();
      const { raw } = readQueryString(`/a?${text}`, true);
      expect(new URLSearchParams(raw).has('secret')).toBe(false);
    }),
  );
});
