import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../../../../src/bson.ts';
import { encodeDocument } from '../../../../src/store/document-bytes.ts';
import { compileFilter } from '../../../../src/store/query/filter.ts';
import { decodePlain, toTyped } from '../../../../src/store/stored-document.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { valuesAt } from '../../../../src/values/paths.ts';
import { bsonDocument } from '../../../support/bson-arbitraries.ts';

const matches = (filter: Document, document: Document) =>
  compileFilter(filter).matches(toTyped(document));

describe('an operator', () => {
  test.each<[rule: string, condition: Document, value: unknown, isMatch: boolean]>([
    ['$gt across numeric types', { $gt: 1 }, Long.fromNumber(2), true],
    ['$gt of a decimal', { $gt: Decimal128.fromString('1.5') }, new Double(1.75), true],
    ['$gt of a text and a number', { $gt: 1 }, 'x', false],
    ['$gt of bytes', { $gt: new Binary(Buffer.from([1])) }, new Binary(Buffer.from([255])), true],
    ['$lt of an item', { $lt: 2 }, [5, 1], true],
    ['$lt of nothing', { $lt: 2 }, undefined, false],
    ['$lte of NaN', { $lte: Number.NaN }, new Double(Number.NaN), true],
    ['$lt of NaN', { $lt: 5 }, new Double(Number.NaN), false],
    ['$gt of NaN', { $gt: Number.NaN }, 5, false],
    ['$gte of null with null', { $gte: null }, null, true],
    ['$gt of MinKey', { $gt: new MinKey() }, 'x', true],
    ['$lt of MaxKey', { $lt: new MaxKey() }, new Date(0), true],
    [
      '$eq of different bytes of one text',
      { $eq: new Binary(Buffer.from([254])) },
      new Binary(Buffer.from([255])),
      false,
    ],
    ['$ne of an item', { $ne: 1 }, [1, 2], false],
    ['$in of a decimal', { $in: [Decimal128.fromString('2.0')] }, new Int32(2), true],
    ['$nin with nothing there', { $nin: [null] }, undefined, false],
    ['$all of one value', { $all: [1] }, 1, true],
    ['$all of nothing', { $all: [] }, [], false],
    [
      '$all of $elemMatch',
      { $all: [{ $elemMatch: { a: 1 } }, { $elemMatch: { a: 2 } }] },
      [{ a: 1 }, { a: 2 }],
      true,
    ],
    ['$size of no array', { $size: 0 }, '', false],
    ['$mod of a negative number', { $mod: [4, -1] }, -5, true],
    ['$mod of a fraction', { $mod: [4, 1] }, new Double(5.9), true],
    ['$mod of a text', { $mod: [4, 1] }, '5', false],
    ['$elemMatch of an item that is an array', { $elemMatch: { a: 1 } }, [[{ a: 1 }]], false],
    ['$exists of null', { $exists: true }, null, true],
    ['$exists false of null', { $exists: false }, null, false],
    ['$type of a double', { $type: 'double' }, new Double(1), true],
    ['$type of an int is no double', { $type: 1 }, new Int32(1), false],
    ['$type long', { $type: 18 }, Long.fromNumber(1), true],
    ['$type decimal', { $type: ['string', 'decimal'] }, Decimal128.fromString('1'), true],
    [
      '$type timestamp, which is no long',
      { $type: 'timestamp' },
      new Timestamp({ t: 1, i: 1 }),
      true,
    ],
    ['$type objectId', { $type: 'objectId' }, new ObjectId(), true],
    ['$type binData', { $type: 5 }, new Binary(Buffer.alloc(1)), true],
    ['$type regex', { $type: 'regex' }, new BSONRegExp('a'), true],
    ['$type javascript', { $type: 'javascript' }, new Code('x'), true],
    ['$type minKey', { $type: -1 }, new MinKey(), true],
    ['$type array', { $type: 'array' }, [1], true],
    ['$type null of nothing', { $type: 'null' }, undefined, false],
  ])('%s', (_rule, condition, value, isMatch) => {
    const document = value === undefined ? { other: 1 } : { value };
    expect(matches({ value: condition }, document)).toBe(isMatch);
    const negated = compileFilter({ value: { $not: condition } });
    expect(negated.matches(toTyped(document))).toBe(!isMatch);
  });

  test.each<[rule: string, condition: Document]>([
    ['$in without an array', { $in: 1 }],
    ['$all without an array', { $all: 1 }],
    ['$mod by zero', { $mod: [0, 1] }],
    ['$mod of three', { $mod: [1, 1, 1] }],
    ['$size of a fraction', { $size: 1.5 }],
    ['$type of an unknown name', { $type: 'nope' }],
    ['$elemMatch without a document', { $elemMatch: 1 }],
  ])('is refused: %s', (_rule, condition) => {
    expect(() => compileFilter({ value: condition })).toThrow(/"\$/);
  });

  test('answers alike for plain values and values that kept their types', () => {
    const operators = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte');
    fc.assert(
      fc.property(bsonDocument(), bsonDocument(), operators, (left, right, operator) => {
        const bytes = encodeDocument({ value: left });
        for (const operand of [left, right, ...Object.values(right)]) {
          if (operand instanceof BSONRegExp) continue;
          const filter = { value: { [operator]: operand } };
          const { matches: test } = compileFilter(filter);
          expect(test(decodePlain(bytes))).toBe(test(toTyped({ value: left })));
        }
      }),
    );
  });
});

test('a path of many numbers leads to a value once, however many ways there are', () => {
  let nested: unknown = 'deep';
  for (let depth = 0; depth < 40; depth += 1) nested = [{ 0: nested }];
  const path = Array.from({ length: 60 }, () => '0').join('.');
  expect(valuesAt({ 0: nested }, path).length).toBeLessThan(100);
});
