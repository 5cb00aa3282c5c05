/** Small documents that meet often: few names, and values that are their own canonical form. */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/values/json.ts';
import type { ModelOperation } from './reference.ts';

const int32: fc.Arbitrary<JsonValue> = fc
  .integer({ min: -5, max: 5 })
  .map((value) => ({ $numberInt: String(value) }));

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  int32,
  fc.constant(null),
  fc.constantFrom<JsonValue[]>(
    true,
    '',
    'text',
    'Zoë 😀 \u202e',
    { $numberLong: '9007199254740993' },
    { $numberDecimal: '1.10' },
    { $date: { $numberLong: '1652297239913' } },
    { $oid: '63ed2e4fb7f367c92578e527' },
    { $binary: { base64: 'AQI=', subType: '00' } },
  ),
);

/** Names of fields: some are claims, some are not ASCII, one is empty. */
const NAMES = ['a', 'b', 'n', 'list', 'exp', 'sub', 'user_data', 'é😀', ''] as const;
const INNER_NAMES = ['x', 'y'] as const;

function object(
  names: readonly string[],
  value: fc.Arbitrary<JsonValue>,
): fc.Arbitrary<Readonly<JsonObject>> {
  return fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3, noNullPrototype: true });
}

/** A value at most three deep. */
const modelValue: fc.Arbitrary<JsonValue> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  object(INNER_NAMES, fc.oneof(leaf, object(INNER_NAMES, leaf), fc.array(leaf, { maxLength: 2 }))),
);

/** What a user sends. */
export const modelDocument: fc.Arbitrary<JsonObject> = object(NAMES, modelValue);

/** A field that an outside writer sets; `$set` cannot name the empty one. */
export const outsideField: fc.Arbitrary<readonly [name: string, value: JsonValue]> = fc.tuple(
  fc.constantFrom(...NAMES.filter((name) => name !== '')),
  modelValue,
);

const place = fc.constantFrom<string[][]>(
  ['a'],
  ['a', 'x'],
  ['b', 'y', 'x'],
  ['list'],
  ['list', '0'],
  ['list', '-'],
  ['a', '-'],
  ['new', 'x'],
);

const listOperation: fc.Arbitrary<ModelOperation> = fc.record({
  operator: fc.constantFrom('append' as const, 'addToSet' as const, 'pull' as const),
  path: fc.constantFrom(['list'], ['list'], ['list'], ['a']),
  value: fc.constantFrom<JsonValue[]>('item', { $numberInt: '1' }),
});

/** An operator that fits about every other document. */
const modelOperation: fc.Arbitrary<ModelOperation> = fc.oneof(
  fc.record({ operator: fc.constantFrom('set' as const), path: place, value: modelValue }),
  fc.record({ operator: fc.constantFrom('unset' as const), path: place, value: fc.constant(null) }),
  fc.record({
    operator: fc.constantFrom('increment' as const),
    path: fc.constantFrom(['n'], ['n'], ['a', 'x']),
    value: int32,
  }),
  listOperation,
);

/** The operators of one request: any, or some on one list. */
export const modelOperations: fc.Arbitrary<readonly ModelOperation[]> = fc.oneof(
  fc.array(modelOperation, { maxLength: 3 }),
  fc.array(listOperation, { minLength: 2, maxLength: 4 }),
);

/** Fields that no user may write. */
export const hostileField: fc.Arbitrary<string> = fc.constantFrom(
  '_id',
  'userId',
  '$where',
  'a.b',
  '__proto__',
  'constructor',
  'prototype',
);
