/** Arbitrary BSON documents whose values know their BSON types. */
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
} from '../../src/bson.ts';
import type { Document } from '../../src/values/documents.ts';

const MAX_UINT32 = 2 ** 32 - 1;

const text = fc.string({ unit: 'binary', maxLength: 12 });
const cString = text.map((value) => value.replaceAll('\0', ''));
/** Names that BSON can hold and that mean nothing to the BSON library. */
const name = cString.filter((value) => !value.startsWith('$') && value !== '_bsontype');

const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer().map((value) => new Int32(value)),
  fc.double().map((value) => new Double(value)),
  fc.integer().map((value) => new Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc
    .tuple(
      fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
      fc.integer({ min: -6176, max: 6111 }),
    )
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc.date({ noInvalidDate: true }),
  fc
    .tuple(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(0, 1, 5, 0x80, 0xff))
    .map(([bytes, subtype]) => new Binary(bytes, subtype)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc
    .tuple(cString, fc.subarray(['i', 'm', 's', 'x']))
    .map(([pattern, options]) => new BSONRegExp(pattern, options.join(''))),
  fc
    .tuple(fc.integer({ min: 0, max: MAX_UINT32 }), fc.integer({ min: 0, max: MAX_UINT32 }))
    .map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey()),
  text.map((value) => new Code(value)),
  text.map((value) => new BSONSymbol(value)),
);

const { document } = fc.letrec<{ value: unknown; document: Document }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 5, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: tie('document') },
  ),
  document: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

/** Any document of at most a few levels, every BSON type in use among its values. */
export function bsonDocument(): fc.Arbitrary<Document> {
  return document;
}
