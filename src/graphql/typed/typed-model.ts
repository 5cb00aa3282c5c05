/**
 * The GraphQL types that a schema of the document gives: worked out once, then printed as SDL and as
 * TypeScript, and resolved.
 */
import { type FieldNode, maySee, mayWrite } from '../../custom-data/schema/field-tree.ts';
import type { SchemaProblem } from '../../custom-data/schema/keywords.ts';

/** A type that has a name. */
export interface NamedType {
  readonly kind: 'named';
  readonly name: string;
  readonly isNonNull: boolean;
  /** The only values there are, where they are no enumeration because GraphQL cannot name one of them. */
  readonly values?: readonly string[];
}

/** A type as GraphQL and TypeScript both know it. */
export type TypeReference =
  | NamedType
  | { readonly kind: 'list'; readonly items: TypeReference; readonly isNonNull: boolean };

/** A field of a generated type. */
export interface TypedField {
  readonly name: string;
  /** Its name in the document. */
  readonly memberName: string;
  readonly node: FieldNode;
  readonly type: TypeReference;
}

/** A generated object or input type. */
export interface TypedObject {
  readonly name: string;
  readonly node: FieldNode;
  readonly fields: readonly TypedField[];
}

/** A generated enumeration. */
export interface TypedEnum {
  readonly name: string;
  readonly node: FieldNode;
  readonly values: readonly string[];
}

/** Every generated type, and what could not be generated. */
export interface TypedModel {
  /** `CustomUserData` first; empty: tokens carry nothing that the schema names. */
  readonly objects: readonly TypedObject[];
  /** `CustomUserDataInput` first; empty: users may write nothing that the schema names. */
  readonly inputs: readonly TypedObject[];
  readonly enums: readonly TypedEnum[];
  /** Names of the scalars that only typed data needs. */
  readonly scalars: readonly string[];
  readonly problems: readonly SchemaProblem[];
}

/** Whether a type shows data or takes it. */
type Side = 'output' | 'input';

const ROOT_NAME = 'CustomUserData';

/** Names that GraphQL allows and does not keep for itself (GraphQL specification, sections 2.1.9 and 4.1). */
const NAME = /^(?!__)[A-Za-z_][0-9A-Za-z_]*$/;
const RESERVED_ENUM_VALUES: ReadonlySet<string> = new Set(['true', 'false', 'null']);

const SCALARS_OF_BSON = {
  binary: 'Binary',
  date: 'DateTime',
  decimal: 'Decimal128',
  int: 'Int',
  long: 'Long',
  objectId: 'ObjectId',
  uuid: 'UUID',
} as const;

const SCALARS_OF_JSON = {
  boolean: 'Boolean',
  integer: 'Int',
  number: 'Float',
  string: 'String',
} as const;

/** Scalars of the API without a schema, and GraphQL's own. */
const COMMON_SCALARS: ReadonlySet<string> = new Set([
  ...Object.values(SCALARS_OF_JSON),
  ...['DateTime', 'JSON'],
]);

/** Works out the types of the documents that `root` describes. */
export function createTypedModel(root: FieldNode): TypedModel {
  const builder = createBuilder();
  if (hasMembers(root, 'output')) builder.addObject(root, ROOT_NAME, 'output');
  if (hasMembers(root, 'input')) builder.addObject(root, ROOT_NAME, 'input');
  const { objects, inputs, enums, scalars } = builder;
  const problems = [...builder.problems, ...findClashes([...objects, ...inputs, ...enums])];
  return {
    objects,
    inputs,
    enums: [...enums],
    scalars: [...scalars].sort(),
    problems: unique(problems),
  };
}

function createBuilder() {
  const objects: TypedObject[] = [];
  const inputs: TypedObject[] = [];
  const enums: TypedEnum[] = [];
  const scalars = new Set<string>();
  const problems: SchemaProblem[] = [];

  function addObject(node: FieldNode, baseName: string, side: Side): string {
    const list = side === 'output' ? objects : inputs;
    const name = side === 'output' ? baseName : `${baseName}Input`;
    const fields: TypedField[] = [];
    list.push({ name, node, fields });
    for (const [memberName, child] of node.fields) {
      if (!isOn(child, side)) continue;
      const fieldName = child.graphqlName ?? memberName;
      checkName(fieldName, fields, child);
      const typeName = `${baseName}${capitalize(fieldName)}`;
      const type = referTo(child, typeName, side);
      fields.push({ name: fieldName, memberName, node: child, type });
    }
    return name;
  }

  function checkName(name: string, siblings: readonly TypedField[], { path }: FieldNode): void {
    if (!NAME.test(name)) {
      const message = `"${name}" is no GraphQL name, give it one with "x-graphql-name"`;
      problems.push({ path, message });
    } else if (siblings.some((sibling) => sibling.name === name)) {
      problems.push({ path, message: `Another field has the GraphQL name "${name}"` });
    }
  }

  function referTo(node: FieldNode, typeName: string, side: Side): TypeReference {
    const isNonNull = side === 'output' && isAlwaysThere(node);
    if (node.type !== 'array') {
      const name = nameOf(node, typeName, side);
      const values = name === 'String' && node.enumValues;
      return { kind: 'named', name, isNonNull, ...(values ? { values } : {}) };
    }
    const { items } = node;
    const item: TypeReference =
      items === undefined
        ? { kind: 'named', name: 'JSON', isNonNull: false }
        : { ...referTo(items, typeName, side), isNonNull: !items.isNullable };
    return { kind: 'list', items: item, isNonNull };
  }

  function nameOf(node: FieldNode, typeName: string, side: Side): string {
    if (node.type === 'object') {
      return hasMembers(node, side) ? addObject(node, typeName, side) : 'JSON';
    }
    if (node.bsonType === undefined && node.enumValues?.every(isEnumValue) === true) {
      if (!enums.some((other) => other.node === node)) {
        enums.push({ name: typeName, node, values: [...new Set(node.enumValues)] });
      }
      return typeName;
    }
    const name = scalarOf(node);
    if (!COMMON_SCALARS.has(name)) scalars.add(name);
    return name;
  }

  return { objects, inputs, enums, scalars, problems, addObject };
}

/**
 * Whether a field that shows data can be non-null. What users may not write may be absent for a long
 * time, since validation does not ask them for it.
 */
function isAlwaysThere(node: FieldNode): boolean {
  return node.isRequired && !node.isNullable && node.access === 'writable';
}

/** The scalar of a field that is neither object, list nor enumeration. */
export function scalarOf({ type, bsonType }: FieldNode): string {
  if (bsonType !== undefined) return SCALARS_OF_BSON[bsonType];
  return type === 'any' || type === 'object' || type === 'array' ? 'JSON' : SCALARS_OF_JSON[type];
}

function isOn(node: FieldNode, side: Side): boolean {
  return side === 'output' ? maySee(node.access) && node.inToken : mayWrite(node.access);
}

function hasMembers(node: FieldNode, side: Side): boolean {
  return [...node.fields.values()].some((child) => isOn(child, side));
}

function isEnumValue(value: string): boolean {
  return NAME.test(value) && !RESERVED_ENUM_VALUES.has(value);
}

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Types of one name from different places. */
function findClashes(types: readonly (TypedObject | TypedEnum)[]): SchemaProblem[] {
  const seen = new Set<string>();
  const clashes = types.filter(({ name }) => {
    const isSeen = seen.has(name);
    seen.add(name);
    return isSeen;
  });
  return clashes.map(({ name, node }) => ({
    path: node.path,
    message: `Another type has the GraphQL name "${name}", rename a field with "x-graphql-name"`,
  }));
}

function unique(problems: readonly SchemaProblem[]): SchemaProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
