import { expect, test } from '@jest/globals';
import { Int32, Long } from '../../../src/bson.ts';
import { tellChange } from '../../../src/custom-data/changed-paths.ts';
import type { Document } from '../../../src/values/documents.ts';
import { objectSchema } from '../../support/schema.ts';

const schema = objectSchema({
  userId: { type: 'string' },
  role: { type: 'object', readOnly: true, properties: { name: { type: 'string' } } },
  'a/b': { type: 'string', writeOnly: true },
  open: { type: 'string' },
  held: {
    type: 'object',
    properties: { inner: { type: 'integer', readOnly: true }, free: { type: 'string' } },
  },
});

function told(before: Document | null, after: Document | null) {
  const paths = { all: [] as readonly string[], own: [] as readonly string[] };
  const listeners = {
    onChange: (changed: readonly string[]) => {
      paths.all = changed;
    },
    onProtectedChange: (changed: readonly string[]) => {
      paths.own = changed;
    },
  };
  tellChange(listeners, before, after, { schema, userIdField: 'userId' });
  return paths;
}

test('a protected field is told as a whole, as a JSON Pointer, and what users may write is not', () => {
  const before = { role: { name: 'user' }, 'a/b': 'x', open: 'x', held: { inner: 1, free: 'x' } };
  const after = { role: { name: 'admin' }, 'a/b': 'y', open: 'y', held: { inner: 2, free: 'y' } };
  expect(told(before, after)).toEqual({
    all: ['/role/name', '/a~1b', '/open', '/held/inner', '/held/free'],
    own: ['/role', '/a~1b', '/held/inner'],
  });
});

test('one that comes or goes is changed, and so is one of another type', () => {
  expect(told(null, { role: {} }).own).toEqual(['/role']);
  expect(told({ held: { inner: 1 } }, null).own).toEqual(['/held/inner']);
  const held = (inner: unknown) => ({ held: { inner } });
  expect(told(held(new Int32(1)), held(Long.fromNumber(1))).own).toEqual(['/held/inner']);
});

test('nobody is told of a change of nothing, and of at most a hundred paths', () => {
  expect(told({ role: {} }, { role: {} })).toEqual({ all: [], own: [] });
  const many = Object.fromEntries(Array.from({ length: 101 }, (_item, n) => [`f${n}`, n]));
  expect(told(null, many).all).toHaveLength(100);
});

test('whose document it is comes and goes with the document, and is no change of a protected field', () => {
  const document = { _id: 'an id', userId: 'a user', role: {} };
  expect(told(null, document).own).toEqual(['/role']);
  expect(told(document, null).own).toEqual(['/role']);
});
