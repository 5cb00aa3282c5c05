/** BSON types that a schema may name, and the JSON that schemas see of BSON values. */
import { Binary, Decimal128, Int32, Long, ObjectId, Timestamp } from '../../bson.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { type JsonObject, type JsonValue, jsonKey } from '../../values/json.ts';
import { showValue } from '../convert-snapshot.ts';
import { formatExtendedJson } from '../extended-json-format.ts';

/** A BSON type that a schema may name. */
interface BsonType {
  /** The `type` that a schema must give a value of it, since that is what it sees. */
  readonly jsonType: 'string' | 'integer';
  /** What functions hold it in, as TypeScript. */
  readonly inFunctions: string;
  /** Its relaxed Extended JSON as TypeScript: as it is shown, and as a write of the same type is spelled. */
  readonly inExtendedJson: { readonly shown: string; readonly written: string };
  /** Whether a value, decoded without promotion, is of the type. */
  readonly isOne: (value: unknown) => boolean;
}

/** A type that has one form of Extended JSON. */
function typeOf(
  inFunctions: string,
  form: string,
  isOne: BsonType['isOne'],
  jsonType: BsonType['jsonType'] = 'string',
): BsonType {
  return { jsonType, inFunctions, inExtendedJson: { shown: form, written: form }, isOne };
}

const isBinary = (value: unknown) => value instanceof Binary;
const isDate = (value: unknown) => value instanceof Date;
const isDecimal = (value: unknown) => value instanceof Decimal128;
const isInt32 = (value: unknown) => value instanceof Int32;
const isObjectId = (value: unknown) => value instanceof ObjectId;

/** The BSON types by their values of `x-bson`. */
export const BSON_TYPES = {
  binary: typeOf('Binary', 'ExtendedJsonBinary', isBinary),
  date: typeOf('Date', 'ExtendedJsonDate', isDate),
  decimal: typeOf('Decimal128', 'ExtendedJsonDecimal', isDecimal),
  int: typeOf('number', 'number', isInt32, 'integer'),
  long: {
    ...typeOf('Long', 'ExtendedJsonLong', isInt64, 'integer'),
    // A number where that loses nothing. One that is written is no int64.
    inExtendedJson: { shown: 'number | ExtendedJsonLong', written: 'ExtendedJsonLong' },
  },
  objectId: typeOf('ObjectId', 'ExtendedJsonObjectId', isObjectId),
  uuid: {
    ...typeOf('UUID', 'ExtendedJsonBinary', isUuid),
    inExtendedJson: {
      shown: 'ExtendedJsonBinary',
      written: 'ExtendedJsonUuid | ExtendedJsonBinary',
    },
  },
} satisfies Record<string, BsonType>;
/** A value of `x-bson`. */
export type BsonTypeName = keyof typeof BSON_TYPES;

function isUuid(value: unknown): boolean {
  return value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID;
}

/** The library's timestamps are int64 too. */
function isInt64(value: unknown): value is Long {
  return value instanceof Long && !(value instanceof Timestamp);
}

/** A document as schemas see it: plain JSON, one form for every BSON type. */
export function toSchemaDocument(document: Document): JsonObject {
  const members = Object.entries(document).map(([name, value]) => [name, toSchemaJson(value)]);
  return Object.fromEntries(members) as JsonObject;
}

function toSchemaJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(toSchemaJson);
  if (isPlainObject(value)) return toSchemaDocument(value);
  // The nearest double, so that `type` and bounds work on an int64 of any size.
  if (isInt64(value)) return value.toNumber();
  return showValue(value, 'PLAIN');
}

/** Whether two values look the same to a client, whatever form of Extended JSON it reads, in whatever order. */
export function isSameToClients(left: unknown, right: unknown): boolean {
  const key = (value: unknown) => jsonKey(formatExtendedJson(value, 'relaxed'));
  return key(left) === key(right);
}
