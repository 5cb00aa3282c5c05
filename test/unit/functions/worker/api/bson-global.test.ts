import { describe, expect, test } from '@jest/globals';
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
} from '../../../../../src/bson.ts';
import { runSource } from '../../../../support/function-runner.ts';

const evaluate = async (expression: string) => {
  const { failure, result } = await runSource(`exports = () => (${expression})`);
  expect(failure).toBeUndefined();
  return result;
};

describe('BSON', () => {
  const id = '63ed2dbe5960df2af7fd216e';
  test.each<[string, unknown]>([
    [`BSON.ObjectId("${id}")`, new ObjectId(id)],
    [`new BSON.ObjectId("${id}")`, new ObjectId(id)],
    [`new BSON.ObjectID("${id}").toHexString()`, id],
    [`BSON.ObjectId("${id}").toString()`, id],
    [`BSON.ObjectId("${id}") instanceof BSON.ObjectId`, true],
    [`BSON.ObjectId.isValid("${id}")`, true],
    ['BSON.Int32(42)', new Int32(42)],
    ['BSON.Int32()', new Int32(0)],
    ['BSON.Int32(42) + 1', new Int32(43)],
    ['BSON.Double(4)', new Double(4)],
    ['BSON.Double()', new Int32(0)],
    ['BSON.Long(600206158, 342)', new Long(600206158, 342)],
    ['BSON.Long()', Long.fromInt(0)],
    ['BSON.Long.fromString("9007199254740993")', Long.fromString('9007199254740993')],
    ['BSON.Decimal128.fromString("1.10")', new Decimal128('1.10')],
    ['BSON.Decimal128("1.10")', new Decimal128('1.10')],
    ['BSON.BSONRegExp("the great", "i")', new BSONRegExp('the great', 'i')],
    ['BSON.Timestamp(4, 3)', new Timestamp({ t: 3, i: 4 })],
    ['BSON.Timestamp({ t: 3, i: 4 })', new Timestamp({ t: 3, i: 4 })],
    ['BSON.MaxKey', new MaxKey()],
    ['BSON.MinKey', new MinKey()],
    ['BSON.Code("f()")', new Code('f()')],
    ['BSON.Symbol("s")', new BSONSymbol('s')],
    [
      'BSON.UUID("123e4567-e89b-42d3-a456-426614174000")',
      new UUID('123e4567-e89b-42d3-a456-426614174000'),
    ],
    ['BSON.Binary.fromBase64("AQID")', new Binary(Buffer.from([1, 2, 3]))],
    ['BSON.Binary.fromBase64("AQID", 5)', new Binary(Buffer.from([1, 2, 3]), 5)],
    ['BSON.Binary.fromHex("010203")', new Binary(Buffer.from([1, 2, 3]))],
    ['BSON.Binary.fromHex("010203").toBase64()', 'AQID'],
    ['BSON.Binary.fromBase64("AQID").toHex()', '010203'],
    ['BSON.Binary.fromBase64("w6k=").text()', 'é'],
    ['new Uint8Array([1, 2, 3])', new Binary(Buffer.from([1, 2, 3]))],
  ])('has %s', async (expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });
});

describe('EJSON', () => {
  test('parses and writes Extended JSON', async () => {
    expect(
      await evaluate(
        `[EJSON.stringify({ a: BSON.Long(1), at: new Date(0) }, { relaxed: false }),
          EJSON.parse('{"at": {"$date": "1970-01-01T00:00:00Z"}}').at instanceof Date,
          EJSON.serialize({ id: BSON.ObjectId("63ed2dbe5960df2af7fd216e") }),
          EJSON.deserialize({ n: { $numberLong: '7' } }).n]`,
      ),
    ).toEqual([
      '{"a":{"$numberLong":"1"},"at":{"$date":{"$numberLong":"0"}}}',
      true,
      { id: { $oid: '63ed2dbe5960df2af7fd216e' } },
      new Int32(7),
    ]);
  });
});
