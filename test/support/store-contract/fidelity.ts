import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from '../../../src/bson.ts';
import { bsonDocument } from '../bson-arbitraries.ts';
import { toHex } from '../bson-bytes.ts';
import type { Contract } from './contract.ts';

/** Every BSON type comes back byte by byte. */
export function describeFidelity(contract: Contract): void {
  const values: [type: string, value: unknown][] = [
    ['int32', new Int32(1)],
    ['double of an integer', new Double(1)],
    ['negative zero', new Double(-0)],
    ['NaN', new Double(Number.NaN)],
    ['infinity', new Double(Number.POSITIVE_INFINITY)],
    ['int64', Long.fromNumber(1)],
    ['largest int64', Long.MAX_VALUE],
    ['Decimal128', Decimal128.fromString('1.00')],
    ['Decimal128 NaN', Decimal128.fromString('NaN')],
    ['Decimal128 extreme', Decimal128.fromString('9.999999999999999999999999999999999E+6144')],
    ['date', new Date(1_700_000_000_123)],
    ['date before 1970', new Date(-1)],
    ['date after 9999', new Date(253_402_300_800_000)],
    ['binary', new Binary(Buffer.from([0, 255, 1]))],
    ['empty binary', new Binary(Buffer.alloc(0))],
    ['binary of a user-defined subtype', new Binary(Buffer.from('x'), 0x80)],
    ['UUID', new UUID('0123abcd-89ab-4def-8123-456789abcdef')],
    ['ObjectId', new ObjectId('0123456789abcdef01234567')],
    ['regular expression', new BSONRegExp('^a/b(?i)', 'imx')],
    ['timestamp', new Timestamp({ t: 4_294_967_295, i: 4_294_967_295 })],
    ['MinKey', new MinKey()],
    ['MaxKey', new MaxKey()],
    ['code', new Code('function () {}')],
    ['code with scope', new Code('x', { x: new Double(1) })],
    ['symbol', new BSONSymbol('s')],
    ['null', null],
    ['booleans', [true, false]],
    ['empty document and array', [{}, []]],
    ['empty and dotted keys', { '': 1, 'a.b': { '': 2 } }],
    ['Unicode', { 'ключ 🗝️': 'Zoë \u0000 \u{10ffff} ﷽' }],
    ['deep nesting', nest(90)],
  ];

  const { canHold } = contract.limits;
  describe('byte-faithful', () => {
    test.each(values.filter(([, value]) => canHold(value)))('%s', async (_type, value) => {
      const documents = await contract.collection();
      const document = { _id: 1, value, list: [value] };
      await documents.insertOne(document);
      const inserted = await documents.findStored({ _id: 1 });
      expect(Buffer.from(inserted?.bytes ?? []).toString('hex')).toBe(toHex(document));
      expect(toHex(inserted?.document ?? {})).toBe(toHex(document));

      const updated = { _id: 1, value, list: [value], other: value };
      await documents.updateOne({ _id: 1 }, { $set: { other: value } });
      const stored = await documents.findStored({ _id: 1 });
      expect(toHex(stored?.document ?? {})).toBe(toHex(updated));
      const after = await documents.compareAndSet(stored, { ...updated, other: [value] });
      expect(toHex(after?.document ?? {})).toBe(toHex({ ...updated, other: [value] }));
    });

    test('any document', async () => {
      const documents = await contract.collection();
      const documentsToHold = bsonDocument().filter(canHold);
      let count = 0;
      await fc.assert(
        fc.asyncProperty(documentsToHold, documentsToHold, async (first, second) => {
          count += 1;
          const before = await documents.compareAndSet(null, { _id: count, value: first });
          expect(toHex(before?.document ?? {})).toBe(toHex({ _id: count, value: first }));
          const next = { _id: count, value: second, more: first };
          const after = await documents.compareAndSet(before, next);
          const stored = await documents.findStored({ _id: count });
          expect(toHex(stored?.document ?? {})).toBe(toHex(next));
          expect(after).toEqual(stored);
        }),
        { numRuns: 100 },
      );
    }, 60_000);

    test('the key __proto__, which changes no prototype', async () => {
      const documents = await contract.collection();
      const hostile = JSON.parse('{"_id":1,"a":{"__proto__":{"isAdmin":true}}}');
      await documents.insertOne(hostile);
      const found = await documents.findOne<{ a: Record<string, unknown> }>({ _id: 1 });
      expect(Object.keys(found?.a ?? {})).toEqual(['__proto__']);
      expect(found?.a['isAdmin']).toBe(undefined);
    });
  });
}

function nest(depth: number): unknown {
  return depth === 0 ? 'bottom' : { a: nest(depth - 1) };
}
