/** The result of a function as the text of an answer, in the two formats of App Services. */
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
} from '../bson.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { fieldsOf, setOwn } from '../values/documents.ts';
import type { JsonValue } from '../values/json.ts';
import type { ResultFormat } from './endpoint.ts';

const TYPES = { JSON: 'application/json', EJSON: 'application/ejson' } as const;

/** The format that a request wants: of the types in its `Accept`, the first that is one of ours; else the endpoint's. */
export function chooseFormat(accept: string | undefined, byDefault: ResultFormat): ResultFormat {
  for (const item of (accept ?? '').split(',')) {
    const type = item.split(';', 1)[0]?.trim().toLowerCase();
    if (type === TYPES.EJSON) return 'EJSON';
    if (type === TYPES.JSON) return 'JSON';
  }
  return byDefault;
}

/** A BSON value as text, and its media type. */
export function toResultText(
  value: unknown,
  format: ResultFormat,
): { readonly text: string; readonly type: string } {
  const json = format === 'JSON' ? toJson(value) : formatExtendedJson(value, 'canonical');
  return { text: JSON.stringify(json), type: TYPES[format] };
}

/** With the types that JSON has, as the vendor documents each. */
function toJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(toJson);
  const fields = fieldsOf(value);
  if (fields !== null) {
    const members: Record<string, JsonValue> = {};
    for (const [name, member] of Object.entries(fields)) {
      if (member !== undefined) setOwn(members, name, toJson(member));
    }
    return members;
  }
  return typeof value === 'object' && value !== null ? objectToJson(value) : plainToJson(value);
}

function plainToJson(value: unknown): JsonValue {
  if (typeof value === 'number') return numberToJson(value);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** JSON has neither infinity nor what is no number. */
function numberToJson(value: number): JsonValue {
  return Number.isFinite(value) ? value : String(value);
}

function objectToJson(value: object): JsonValue {
  const format = FORMATS.get(Object.getPrototypeOf(value) as object);
  if (format === undefined) throw new TypeError('Not a BSON value');
  return format(value as never);
}

const toNumber = ({ value }: Int32 | Double) => numberToJson(value);
const toBinary = (value: Binary) => ({ Subtype: value.sub_type, Data: value.toString('base64') });

/** By prototype, as a property may come from a document. */
const FORMATS: ReadonlyMap<object, (value: never) => JsonValue> = new Map<
  object,
  (value: never) => JsonValue
>([
  [Int32.prototype, toNumber],
  [Double.prototype, toNumber],
  [Long.prototype, longToJson],
  [Decimal128.prototype, (value: Decimal128) => value.toString()],
  [Date.prototype, (value: Date) => (Number.isNaN(value.getTime()) ? null : value.toISOString())],
  [ObjectId.prototype, (value: ObjectId) => value.toHexString()],
  [Binary.prototype, toBinary],
  [UUID.prototype, toBinary],
  [
    BSONRegExp.prototype,
    ({ options, pattern }: BSONRegExp) => ({ Pattern: pattern, Options: options }),
  ],
  [Timestamp.prototype, ({ i, t }: Timestamp) => ({ T: t, I: i })],
  [BSONSymbol.prototype, ({ value }: BSONSymbol) => value],
  [Code.prototype, ({ code }: Code) => String(code)],
  [MinKey.prototype, () => ({})],
  [MaxKey.prototype, () => ({})],
]);

/** One that no number of JavaScript is stays a text. */
function longToJson(value: Long): JsonValue {
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : value.toString();
}
