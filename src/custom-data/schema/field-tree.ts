/**
 * The fields that a schema describes, as a tree: what each is, who may write it, where it is shown.
 *
 * The tree follows `properties`, `items` and `$ref`. Every other keyword constrains values, which is
 * the validator's business, and may not hold a policy that this tree would miss.
 */
import { appendPointer } from '../../values/json.ts';
import { BSON_TYPES, type BsonTypeName } from './bson-types.ts';
import {
  namesInConditions,
  objectOr,
  REF_SIBLINGS,
  resolveLocalRef,
  type SchemaObject,
  type SchemaProblem,
} from './keywords.ts';

/**
 * What users may do with a field: write and see it, only see it, only write it, as a whole, or neither
 * (`hidden`: `readOnly` and `writeOnly`).
 */
export type FieldAccess = 'writable' | 'readOnly' | 'writeOnly' | 'hidden';

/** The JSON type of a field; `any`: it has several, or the schema does not say. */
export type FieldType = 'any' | 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string';

/** What a schema says of one field, or of the document itself. */
export interface FieldNode {
  /** JSON Pointer into the schema file. */
  readonly path: string;
  readonly access: FieldAccess;
  /** Whether the field travels in tokens. */
  readonly inToken: boolean;
  readonly type: FieldType;
  /** Whether `null` is a value of the field. */
  readonly isNullable: boolean;
  /** Whether the object that holds the field must have it. */
  readonly isRequired: boolean;
  readonly bsonType?: BsonTypeName;
  /** The values of an enumeration of strings. */
  readonly enumValues?: readonly string[];
  readonly description?: string;
  readonly isDeprecated: boolean;
  /** The name that typed GraphQL gives the field instead of its own. */
  readonly graphqlName?: string;
  /** Members of an object by name. */
  readonly fields: ReadonlyMap<string, FieldNode>;
  /** Elements of an array. */
  readonly items?: FieldNode;
  /**
   * Whether a write of the value keeps some of the fields below: those that users may not write and, unless
   * the value itself is `writeOnly` and so written as a whole, those that it does not name.
   */
  readonly hasProtected: boolean;
  /** Whether any field below is one that users do not see. */
  readonly hasUnseen: boolean;
  /** Whether any field below is one that users do not see or that is not in tokens. */
  readonly hasOutsideToken: boolean;
}

/** Whether users may write the field. */
export function mayWrite(access: FieldAccess): boolean {
  return access === 'writable' || access === 'writeOnly';
}

/** Whether users may see the field. */
export function maySee(access: FieldAccess): boolean {
  return access === 'writable' || access === 'readOnly';
}

/** What a field takes over from those that hold it. */
interface Inherited {
  readonly access: FieldAccess;
  readonly inToken: boolean;
  /** Whether elements of an array that users may write hold the field. */
  readonly inWritableItems: boolean;
  readonly isRequired: boolean;
  /** `$ref`s being followed. */
  readonly refs: readonly string[];
}

type Report = (path: string, message: string) => void;

const TYPES: ReadonlySet<unknown> = new Set<FieldType>([
  'array',
  'boolean',
  'integer',
  'number',
  'object',
  'string',
]);

/** Builds the tree of a schema whose keywords have been checked; reports what it cannot follow. */
export function buildFieldTree(
  root: SchemaObject,
  report: (problem: SchemaProblem) => void,
): FieldNode {
  const builder = createBuilder(root, (path, message) => report({ path, message }));
  return builder(root, '', {
    access: 'writable',
    inToken: true,
    inWritableItems: false,
    isRequired: true,
    refs: [],
  });
}

function createBuilder(root: SchemaObject, report: Report) {
  return function build(schema: unknown, path: string, inherited: Inherited): FieldNode {
    const { merged, refs } = followRef(root, objectOr(schema), path, {
      refs: inherited.refs,
      report,
    });
    const access = accessOf(merged, path, inherited, report);
    const inToken = inTokenOf(merged, path, inherited, report);
    const { type, isNullable } = typeOf(merged);
    const own = { access, inToken, refs };
    const { inWritableItems } = inherited;
    const required = Array.isArray(merged.required) ? merged.required : [];
    const at = (keyword: string) => appendPointer(path, keyword);
    const fields = new Map(
      Object.entries(objectOr(merged.properties)).map(([name, property]) => {
        const place = appendPointer(at('properties'), name);
        const isRequired = required.includes(name);
        return [name, build(property, place, { ...own, inWritableItems, isRequired })];
      }),
    );
    const inItems = { ...own, inWritableItems: mayWrite(access), isRequired: true };
    const items =
      merged.items === undefined ? undefined : build(merged.items, at('items'), inItems);
    checkStructure(merged, type, path, report);
    checkConditions(merged, fields, path, report);
    return {
      ...annotationsOf(merged, type, path, report),
      ...summaryOf(access, [...fields.values(), ...(items === undefined ? [] : [items])]),
      path,
      access,
      inToken,
      type,
      isNullable,
      fields,
      isRequired: inherited.isRequired,
      ...(items === undefined ? {} : { items }),
    };
  };
}

/** The schema with the one that its `$ref` names, whose policy it may make stricter only. */
function followRef(
  root: SchemaObject,
  schema: SchemaObject,
  path: string,
  { refs, report }: { readonly refs: readonly string[]; readonly report: Report },
): { readonly merged: SchemaObject; readonly refs: readonly string[] } {
  if (schema.$ref === undefined) return { merged: schema, refs };
  const ref = String(schema.$ref);
  const at = appendPointer(path, '$ref');
  for (const keyword of Object.keys(schema).filter((name) => !REF_SIBLINGS.has(name))) {
    report(appendPointer(path, keyword), `"${keyword}" cannot stand beside "$ref"`);
  }
  if (refs.includes(ref)) {
    report(at, 'A schema cannot hold itself');
    return { merged: {}, refs };
  }
  const target = resolveLocalRef(root, ref);
  if (target === undefined) return { merged: {}, refs };
  const followed = followRef(root, target, path, { refs: [...refs, ref], report });
  const { $ref: _followed, ...siblings } = schema;
  const base = followed.merged;
  return {
    merged: {
      ...base,
      ...siblings,
      ...(base.readOnly === true ? { readOnly: true } : {}),
      ...(base.writeOnly === true ? { writeOnly: true } : {}),
      ...(base['x-token'] === false ? { 'x-token': false } : {}),
    },
    refs: followed.refs,
  };
}

/** The access of what users see, and of what they do not: if they may write it, and if not. */
const SEEN = ['writable', 'readOnly'] as const;
const UNSEEN = ['writeOnly', 'hidden'] as const;

function accessOf(
  { readOnly, writeOnly }: SchemaObject,
  path: string,
  { access: held, inWritableItems }: Inherited,
  report: Report,
): FieldAccess {
  const isLoosened =
    (readOnly === false && !mayWrite(held)) || (writeOnly === false && !maySee(held));
  if (isLoosened) report(path, 'A field cannot be less protected than the one that holds it');
  const isSeen = maySee(held) && writeOnly !== true;
  const isWritten = mayWrite(held) && readOnly !== true;
  const [written, unwritten] = isSeen ? SEEN : UNSEEN;
  const access = isWritten ? written : unwritten;
  if (inWritableItems && access !== held) reportItems(path, report);
  return access;
}

/** A writer may move elements, and nothing says which protected value belongs to which. */
function reportItems(path: string, report: Report): void {
  report(path, 'Elements of an array that users may write cannot hold protected fields');
}

function inTokenOf(
  schema: SchemaObject,
  path: string,
  inherited: Inherited,
  report: Report,
): boolean {
  const own = schema['x-token'];
  if (own === true && !inherited.inToken) {
    report(path, 'A field cannot be in tokens when the one that holds it is not');
  }
  return inherited.inToken && own !== false;
}

function typeOf({ type }: SchemaObject): { type: FieldType; isNullable: boolean } {
  if (type === undefined) return { type: 'any', isNullable: true };
  const all: unknown[] = Array.isArray(type) ? type : [type];
  const [first, ...others] = all.filter((name) => name !== 'null');
  const isOne = others.length === 0 && TYPES.has(first);
  return { type: isOne ? (first as FieldType) : 'any', isNullable: all.includes('null') };
}

function checkStructure(schema: SchemaObject, type: FieldType, path: string, report: Report): void {
  if (schema.properties !== undefined && type !== 'object') {
    report(path, '"properties" needs "type": "object"');
  }
  if (schema.items !== undefined && type !== 'array') {
    report(path, '"items" needs "type": "array"');
  }
  const bsonType = schema['x-bson'];
  if (bsonType === undefined) return;
  if (!isBsonTypeName(bsonType)) {
    const names = Object.keys(BSON_TYPES).join(', ');
    report(appendPointer(path, 'x-bson'), `"x-bson" must be one of ${names}`);
  } else if (type !== BSON_TYPES[bsonType].jsonType) {
    report(path, `"x-bson": "${bsonType}" needs "type": "${BSON_TYPES[bsonType].jsonType}"`);
  }
}

/** Users hear whether a condition holds, and from that what the values are that it looks at. */
function checkConditions(
  schema: SchemaObject,
  fields: ReadonlyMap<string, FieldNode>,
  path: string,
  report: Report,
): void {
  for (const name of namesInConditions(schema)) {
    const node = fields.get(name);
    if (node === undefined || maySee(node.access)) continue;
    report(path, `A condition cannot look at the hidden field "${name}"`);
  }
}

function annotationsOf(schema: SchemaObject, type: FieldType, path: string, report: Report) {
  const { description, deprecated, enum: values, 'x-bson': bsonType } = schema;
  const graphqlName = schema['x-graphql-name'];
  if (graphqlName !== undefined && typeof graphqlName !== 'string') {
    report(appendPointer(path, 'x-graphql-name'), '"x-graphql-name" must be a string');
  }
  const strings = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  const isEnum = type === 'string' && strings.length > 0;
  return {
    isDeprecated: deprecated === true,
    ...(typeof description === 'string' ? { description } : {}),
    ...(isBsonTypeName(bsonType) ? { bsonType } : {}),
    ...(typeof graphqlName === 'string' ? { graphqlName } : {}),
    ...(isEnum ? { enumValues: strings } : {}),
  };
}

function isBsonTypeName(value: unknown): value is BsonTypeName {
  return typeof value === 'string' && Object.hasOwn(BSON_TYPES, value);
}

function summaryOf(access: FieldAccess, children: readonly FieldNode[]) {
  const isUnseen = (node: FieldNode) => !maySee(node.access);
  return {
    hasProtected: children.some((node) => node.access !== access || node.hasProtected),
    hasUnseen: children.some((node) => isUnseen(node) || node.hasUnseen),
    hasOutsideToken: children.some(
      (node) => isUnseen(node) || !node.inToken || node.hasOutsideToken,
    ),
  };
}
