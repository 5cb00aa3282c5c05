/** BSON types that a schema may name, and the JSON that schemas see of BSON values. */
import { Binary, Decimal128, Int32, Long, ObjectId, Timestamp } from '../../bson.ts';
import { type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { type JsonObject, type JsonValue, jsonKey } from '../../values/json.ts';
import { showValue } from '../convert-snapshot.ts';
import { formatExtendedJson } from '../extended-json-format.ts';

/** Values of `x-bson`. */
export const BSON_TYPE_NAMES = [
  'binary',
  'date',
  'decimal',
  'int',
  'long',
  'objectId',
  'uuid',
] as const;
/** A value of `x-bson`. */
export type BsonTypeName = (typeof BSON_TYPE_NAMES)[number];

/** The `type` that a schema must give a value of each BSON type, since that is what it sees. */
export const JSON_TYPES_OF_BSON: Readonly<Record<BsonTypeName, 'string' | 'integer'>> = {
  binary: 'string',
  date: 'string',
  decimal: 'string',
  int: 'integer',
  long: 'integer',
  objectId: 'string',
  uuid: 'string',
};

const CHECKS: Readonly<Record<BsonTypeName, (value: unknown) => boolean>> = {
  binary: (value) => value instanceof Binary,
  date: (value) => value instanceof Date,
  decimal: (value) => value instanceof Decimal128,
  int: (value) => value instanceof Int32,
  long: isInt64,
  objectId: (value) => value instanceof ObjectId,
  uuid: (value) => value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID,
};

/** The library's timestamps are int64 too. */
function isInt64(value: unknown): value is Long {
  return value instanceof Long && !(value instanceof Timestamp);
}

/** Whether a value, decoded without promotion, is of the BSON type. */
export function isBsonType(value: unknown, type: BsonTypeName): boolean {
  return CHECKS[type](value);
}

/** A document as schemas see it: plain JSON, one form for every BSON type. */
export function toSchemaDocument(document: Document): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const key of Object.keys(document)) setOwn(result, key, toSchemaJson(document[key]));
  return result;
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
