/** Between the Extended JSON of documents and the values of the generated types. */
import { convertSnapshot } from '../../custom-data/convert-snapshot.ts';
import type { FieldNode } from '../../custom-data/schema/field-tree.ts';
import { GatewayError } from '../../errors.ts';
import { setOwn } from '../../values/documents.ts';
import { appendPointer, type JsonObject, type JsonValue } from '../../values/json.ts';
import { scalarOf, type TypedField, type TypedObject, type TypeReference } from './typed-model.ts';

/** An object of the document on its way out, and where it was. */
export interface TypedValue {
  readonly json: JsonObject;
  /** JSON Pointer into the document. */
  readonly path: string;
}

/** The Extended JSON wrapper in which a value of each scalar travels, where there is only one. */
const WRAPPERS: Readonly<Record<string, string>> = {
  Binary: '$binary',
  DateTime: '$date',
  Decimal128: '$numberDecimal',
  ObjectId: '$oid',
  UUID: '$binary',
};

const INT32_LIMIT = 2 ** 31;

/**
 * The value of a field, for its generated type. Fails with `CUSTOM_DATA_INVALID` if the document
 * holds something else.
 */
export function readField({ json, path }: TypedValue, field: TypedField): unknown {
  const value = Object.hasOwn(json, field.memberName) ? json[field.memberName] : undefined;
  return readValue(value, field.node, field.type, appendPointer(path, field.memberName));
}

function readValue(
  value: JsonValue | undefined,
  node: FieldNode,
  type: TypeReference,
  path: string,
): unknown {
  if (value === undefined || value === null) {
    if (type.isNonNull) throw misfit(path, 'is missing');
    return null;
  }
  if (type.kind === 'list') {
    if (!Array.isArray(value)) throw misfit(path, 'must be an array');
    const { items } = node;
    return value.map((item: JsonValue, i) =>
      items === undefined
        ? relax(item)
        : readValue(item, items, type.items, appendPointer(path, i)),
    );
  }
  if (type.name === 'JSON') return relax(value);
  if (node.type === 'object') {
    if (!isObject(value)) throw misfit(path, 'must be an object');
    return { json: value, path } satisfies TypedValue;
  }
  const scalar = readScalar(value, node);
  if (scalar === undefined) throw misfit(path, `must be ${describeNode(node)}`);
  return scalar;
}

function describeNode(node: FieldNode): string {
  if (node.bsonType !== undefined) return `of the BSON type "${node.bsonType}"`;
  return node.enumValues === undefined ? `of type "${node.type}"` : 'one of the values of its type';
}

function misfit(path: string, message: string): GatewayError<'CUSTOM_DATA_INVALID'> {
  const details = { violations: [{ path, message }] };
  return new GatewayError('CUSTOM_DATA_INVALID', details, {
    message: 'The document does not fit its schema here',
  });
}

function relax(value: JsonValue): unknown {
  return convertSnapshot({ value }, 'RELAXED').value;
}

/** A wrapper is a value, not an object. */
function isObject(value: JsonValue): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((key) => key.startsWith('$'));
}

/** A value in its plain form, if it is one that the scalar shows. */
type ScalarReader = (plain: unknown, value: JsonValue) => unknown;

const SCALAR_READERS: Readonly<Record<string, ScalarReader>> = {
  Boolean: (plain) => (typeof plain === 'boolean' ? plain : undefined),
  DateTime: (plain) => (typeof plain === 'string' ? new Date(plain) : undefined),
  Float: (plain) => (typeof plain === 'number' ? plain : undefined),
  Int: (plain) => (isInt32(plain) ? plain : undefined),
  Long: (plain, value) =>
    isWrapped(value, '$numberLong') || Number.isSafeInteger(value) ? String(plain) : undefined,
};

/** The value for the scalar or enumeration of `node`; `undefined` if it is something else. */
function readScalar(value: JsonValue, node: FieldNode): unknown {
  const scalar = scalarOf(node);
  const wrapper = WRAPPERS[scalar];
  const isInForm =
    wrapper === undefined || isWrapped(value, wrapper) || isIdentityText(value, node);
  if (!isInForm) return undefined;
  const plain = convertSnapshot({ value }, 'PLAIN').value;
  const read = SCALAR_READERS[scalar];
  if (read !== undefined) return read(plain, value);
  if (typeof plain !== 'string') return undefined;
  return node.enumValues === undefined || node.enumValues.includes(plain) ? plain : undefined;
}

/** Claims hold the ObjectId of the document itself as plain hex digits. */
function isIdentityText(value: JsonValue, { bsonType, path }: FieldNode): boolean {
  return bsonType === 'objectId' && path === '/properties/_id' && typeof value === 'string';
}

function isWrapped(value: JsonValue, wrapper: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, wrapper);
}

function isInt32(value: unknown): boolean {
  return (
    Number.isInteger(value) && (value as number) >= -INT32_LIMIT && (value as number) < INT32_LIMIT
  );
}

/** What a typed write names, as the Extended JSON that an untyped write would have sent. */
export function toDocument(
  value: unknown,
  input: TypedObject,
  inputs: readonly TypedObject[],
): Record<string, unknown> {
  const members = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const { name, memberName, node, type } of input.fields) {
    const member = members[name];
    if (member !== undefined) setOwn(result, memberName, toJson(member, node, type, inputs));
  }
  return result;
}

function toJson(
  value: unknown,
  node: FieldNode,
  type: TypeReference,
  inputs: readonly TypedObject[],
): unknown {
  if (value === null) return null;
  if (type.kind === 'list') {
    const { items } = node;
    if (items === undefined) return value;
    return (value as unknown[]).map((item) => toJson(item, items, type.items, inputs));
  }
  const input = inputs.find(({ name }) => name === type.name);
  return input === undefined ? toWrapper(value, node) : toDocument(value, input, inputs);
}

function toWrapper(value: unknown, { bsonType }: FieldNode): unknown {
  switch (bsonType) {
    case 'binary':
      return { $binary: { base64: value, subType: '00' } };
    case 'date':
      return { $date: { $numberLong: String((value as Date).getTime()) } };
    case 'decimal':
      return { $numberDecimal: value };
    case 'long':
      return { $numberLong: value };
    case 'objectId':
      return { $oid: value };
    case 'uuid':
      return { $uuid: value };
    default:
      return value;
  }
}
