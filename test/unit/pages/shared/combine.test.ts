/** What a page shows of a write that was not done. */
import { expect, test } from '@jest/globals';
import { combine } from '../../../../src/pages/shared/combine.ts';

const DOCUMENT = { _id: 'a', color: 'blue', address: { town: 'Ulm', street: 'Main' }, list: [1] };

test('MERGE sets what is named at the top, null included', () => {
  expect(combine('MERGE', DOCUMENT, { address: { town: 'Bonn' }, color: null })).toEqual({
    ...DOCUMENT,
    color: null,
    address: { town: 'Bonn' },
  });
});

test('DEEP_MERGE merges objects, and null removes (RFC 7396)', () => {
  const patch = {
    address: { town: 'Bonn', street: null },
    color: null,
    list: [2],
    more: { x: null },
  };
  expect(combine('DEEP_MERGE', DOCUMENT, patch)).toEqual({
    _id: 'a',
    address: { town: 'Bonn' },
    list: [2],
    more: {},
  });
});

test('REPLACE leaves what is sent and the id', () => {
  expect(combine('REPLACE', DOCUMENT, { x: 1 })).toEqual({ _id: 'a', x: 1 });
  expect(combine('REPLACE', {}, { x: 1 })).toEqual({ x: 1 });
});
