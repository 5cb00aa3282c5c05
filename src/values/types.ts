/** Names of BSON types, as `$type` knows them. */
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../bson.ts';
import { isPlainObject } from './documents.ts';
import { isInt32 } from './numbers.ts';

/** Alias and number of each type. */
const TYPE_NUMBERS = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

/** A BSON type by its alias. */
export type BsonTypeName = keyof typeof TYPE_NUMBERS;

const TYPE_NAMES = Object.keys(TYPE_NUMBERS) as BsonTypeName[];
const NUMBER: readonly BsonTypeName[] = ['double', 'int', 'long', 'decimal'];

/** The types that an alias or a number names. Fails with an `Error` for anything else. */
export function typesNamed(operand: unknown): readonly BsonTypeName[] {
  if (operand === 'number') return NUMBER;
  const name = TYPE_NAMES.find((each) => each === operand || TYPE_NUMBERS[each] === operand);
  if (name === undefined) throw new Error('The operator "$type" names an unknown type');
  return [name];
}

const CLASSES: readonly (readonly [new (...args: never[]) => unknown, BsonTypeName])[] = [
  [Int32, 'int'],
  [Double, 'double'],
  // A Timestamp is a Long to JavaScript.
  [Timestamp, 'timestamp'],
  [Long, 'long'],
  [Decimal128, 'decimal'],
  [ObjectId, 'objectId'],
  [Date, 'date'],
  [Binary, 'binData'],
  [BSONRegExp, 'regex'],
  [RegExp, 'regex'],
  [BSONSymbol, 'symbol'],
  [MinKey, 'minKey'],
  [MaxKey, 'maxKey'],
  [DBRef, 'object'],
];

/** The type of a value; `undefined` if there is none. Plain numbers have the type that fits them. */
export function typeOfValue(value: unknown): BsonTypeName | undefined {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return typeOfNumber(value);
    case 'object':
      return value === null ? 'null' : typeOfObject(value);
    default:
      return undefined;
  }
}

function typeOfNumber(value: number): BsonTypeName {
  if (!Number.isSafeInteger(value)) return 'double';
  return isInt32(value) ? 'int' : 'long';
}

function typeOfObject(value: object): BsonTypeName | undefined {
  if (Array.isArray(value)) return 'array';
  if (isPlainObject(value)) return 'object';
  if (value instanceof Code) return value.scope === null ? 'javascript' : 'javascriptWithScope';
  return CLASSES.find(([type]) => value instanceof type)?.[1];
}
