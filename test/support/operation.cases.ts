/** What each operator makes of a document. `docs/operations.md` shows this table. */

import type { CustomDataOperation } from '../../src/custom-data/operations.ts';
import type { JsonObject } from '../../src/values/json.ts';

/** One operator on one document, as relaxed JSON; `null`: the operator is refused. */
export interface OperationCase {
  readonly what: string;
  readonly before: JsonObject;
  readonly operation: CustomDataOperation;
  readonly after: JsonObject | null;
}

/** The table. */
export const OPERATION_CASES: readonly OperationCase[] = [
  {
    what: 'set makes a field',
    before: {},
    operation: { set: { path: '/a', value: 1 } },
    after: { a: 1 },
  },
  {
    what: 'set stores null',
    before: { a: 1 },
    operation: { set: { path: '/a', value: null } },
    after: { a: null },
  },
  {
    what: 'set makes the objects on the way',
    before: {},
    operation: { set: { path: '/a/b/0', value: 1 } },
    after: { a: { b: { 0: 1 } } },
  },
  {
    what: 'set replaces an array element',
    before: { a: [1, 2] },
    operation: { set: { path: '/a/1', value: 3 } },
    after: { a: [1, 3] },
  },
  {
    what: 'set adds an element at the end',
    before: { a: [1] },
    operation: { set: { path: '/a/1', value: 2 } },
    after: { a: [1, 2] },
  },
  {
    what: 'set adds an element at "-"',
    before: { a: [1] },
    operation: { set: { path: '/a/-', value: 2 } },
    after: { a: [1, 2] },
  },
  {
    what: 'set leaves no gap in an array',
    before: { a: [1] },
    operation: { set: { path: '/a/2', value: 2 } },
    after: null,
  },
  {
    what: 'set takes no name in an array',
    before: { a: [1] },
    operation: { set: { path: '/a/b', value: 2 } },
    after: null,
  },
  {
    what: 'set takes no leading zero in an array',
    before: { a: [1] },
    operation: { set: { path: '/a/00', value: 2 } },
    after: null,
  },
  {
    what: 'set goes through no scalar',
    before: { a: 1 },
    operation: { set: { path: '/a/b', value: 2 } },
    after: null,
  },
  {
    what: 'set goes through no null',
    before: { a: null },
    operation: { set: { path: '/a/b', value: 2 } },
    after: null,
  },
  {
    what: 'set takes escapes and the empty name',
    before: {},
    operation: { set: { path: '/a~1b~0c/', value: 1 } },
    after: { 'a/b~c': { '': 1 } },
  },
  {
    what: 'unset removes a field',
    before: { a: 1, b: 2 },
    operation: { unset: { path: '/a' } },
    after: { b: 2 },
  },
  {
    what: 'unset removes a nested field',
    before: { a: { b: 1 } },
    operation: { unset: { path: '/a/b' } },
    after: { a: {} },
  },
  {
    what: 'unset makes an array element null',
    before: { a: [1, 2] },
    operation: { unset: { path: '/a/0' } },
    after: { a: [null, 2] },
  },
  {
    what: 'unset of nothing does nothing',
    before: { a: 1 },
    operation: { unset: { path: '/b/c' } },
    after: { a: 1 },
  },
  {
    what: 'unset through a scalar does nothing',
    before: { a: 1 },
    operation: { unset: { path: '/a/b' } },
    after: { a: 1 },
  },
  {
    what: 'unset just beyond an array does nothing',
    before: { a: [1] },
    operation: { unset: { path: '/a/1' } },
    after: { a: [1] },
  },
  {
    what: 'unset beyond an array does nothing',
    before: { a: [1] },
    operation: { unset: { path: '/a/7' } },
    after: { a: [1] },
  },
  {
    what: 'increment adds',
    before: { a: 1 },
    operation: { increment: { path: '/a', by: 2 } },
    after: { a: 3 },
  },
  {
    what: 'increment subtracts',
    before: { a: 1 },
    operation: { increment: { path: '/a', by: -0.5 } },
    after: { a: 0.5 },
  },
  {
    what: 'increment of nothing starts at 0',
    before: {},
    operation: { increment: { path: '/a/b', by: 2 } },
    after: { a: { b: 2 } },
  },
  {
    what: 'increment of a string is refused',
    before: { a: '1' },
    operation: { increment: { path: '/a', by: 1 } },
    after: null,
  },
  {
    what: 'increment of null is refused',
    before: { a: null },
    operation: { increment: { path: '/a', by: 1 } },
    after: null,
  },
  {
    what: 'append adds to the end',
    before: { a: [1] },
    operation: { append: { path: '/a', value: [2] } },
    after: { a: [1, [2]] },
  },
  {
    what: 'append to nothing makes an array',
    before: {},
    operation: { append: { path: '/a', value: 1 } },
    after: { a: [1] },
  },
  {
    what: 'append to a scalar is refused',
    before: { a: 1 },
    operation: { append: { path: '/a', value: 1 } },
    after: null,
  },
  {
    what: 'addToSet adds what is not there',
    before: { a: [1] },
    operation: { addToSet: { path: '/a', value: 2 } },
    after: { a: [1, 2] },
  },
  {
    what: 'addToSet leaves what is there',
    before: { a: [{ b: 1 }] },
    operation: { addToSet: { path: '/a', value: { b: { $numberLong: '1' } } } },
    after: { a: [{ b: 1 }] },
  },
  {
    what: 'addToSet to nothing makes an array',
    before: {},
    operation: { addToSet: { path: '/a', value: 1 } },
    after: { a: [1] },
  },
  {
    what: 'addToSet to an object is refused',
    before: { a: {} },
    operation: { addToSet: { path: '/a', value: 1 } },
    after: null,
  },
  {
    what: 'pull removes every equal element',
    before: { a: [1, 2, 1.0, '1'] },
    operation: { pull: { path: '/a', value: 1 } },
    after: { a: [2, '1'] },
  },
  {
    what: 'pull compares whole objects',
    before: { a: [{ b: 1 }, { b: 1, c: 2 }] },
    operation: { pull: { path: '/a', value: { b: 1 } } },
    after: { a: [{ b: 1, c: 2 }] },
  },
  {
    what: 'pull of nothing does nothing',
    before: {},
    operation: { pull: { path: '/a', value: 1 } },
    after: {},
  },
  {
    what: 'pull from a scalar is refused',
    before: { a: 1 },
    operation: { pull: { path: '/a', value: 1 } },
    after: null,
  },
];
