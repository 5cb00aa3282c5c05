/** Random Extended JSON documents that a user may write. */
import fc from 'fast-check';
import { isForbiddenName } from '../../src/custom-data/write-policy.ts';
import type { JsonObject, JsonValue } from '../../src/values/json.ts';
import { FORMAT_CASES } from './extended-json.cases.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });

/** Names of fields that users may write. */
export const fieldName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'userName', 'hasOwnProperty', '0', 'toString', ' '),
  text.filter((name) => !isForbiddenName(name) && !name.includes('\0')),
);

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(...FORMAT_CASES.map(({ canonical }) => canonical)),
  fc.integer().map((value) => ({ $numberInt: String(value) })),
  int64.map((value) => ({ $numberLong: String(value) })),
  fc
    .double({ noDefaultInfinity: true, noNaN: true })
    .map((value) => ({ $numberDouble: Object.is(value, -0) ? '-0.0' : String(value) })),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({
    $binary: { base64: Buffer.from(bytes).toString('base64'), subType: '00' },
  })),
  fc
    .integer({ min: -8.64e15, max: 8.64e15 })
    .map((milliseconds) => ({ $date: { $numberLong: String(milliseconds) } })),
);

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fieldName, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** A canonical Extended JSON value. */
export const canonicalValue: fc.Arbitrary<JsonValue> = value;

/** A canonical Extended JSON document that breaks no rule of the write policy. */
export const canonicalDocument: fc.Arbitrary<JsonObject> = fc.dictionary(
  fieldName.filter((name) => name !== '_id' && name !== 'userId'),
  value,
  { maxKeys: 6, noNullPrototype: true },
);

/** Mostly one of `good`, so that what is made of many is seldom bad. */
export const mostly = <Value>(good: readonly Value[], ...others: readonly Value[]) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
