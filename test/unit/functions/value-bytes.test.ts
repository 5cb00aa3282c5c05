import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_VALUE_BYTES } from '../../../src/functions/messages.ts';
import { decodeValue, encodeValue } from '../../../src/functions/value-bytes.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';

describe('a value as bytes', () => {
  test('keeps every BSON type', () => {
    fc.assert(
      fc.property(bsonDocument(), (value) => {
        expect(decodeValue(encodeValue(value))).toEqual(value);
      }),
    );
  });

  test('may be a document with a name that the library gives its own types', () => {
    const value = { a: [{ _bsontype: 'ObjectId', id: 'x' }], b: { _bsontype: 'y' } };
    expect(decodeValue(encodeValue(value))).toEqual(value);
  });

  test('may be undefined', () => {
    expect(decodeValue(encodeValue(undefined))).toBeUndefined();
  });

  test('may not be larger than a BSON document', () => {
    expect(encodeValue('x'.repeat(MAX_VALUE_BYTES - 17))).toHaveLength(MAX_VALUE_BYTES);
    for (const more of [16, 0, -1_000_000, -40_000_000]) {
      expect(() => encodeValue('x'.repeat(MAX_VALUE_BYTES - more))).toThrow(RangeError);
    }
  });
});
