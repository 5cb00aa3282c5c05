/** The operator's schema of the users' documents: one file for types, writers, visibility and token. */
import { GatewayError, type Violation } from '../../errors.ts';
import { UnusableFileError } from '../../json-file.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { appendPointer, splitPointer } from '../../values/json.ts';
import { BSON_TYPES, toSchemaDocument } from './bson-types.ts';
import { buildFieldTree, type FieldNode, maySee, mayWrite } from './field-tree.ts';
import type { SchemaObject, SchemaProblem } from './keywords.ts';
import { memberOf } from './projection.ts';
import type { NamedFields, NextDocument } from './protection.ts';
import { findKeywordProblems } from './schema-problems.ts';
import { compileValidator, type Validator } from './validator.ts';

/** A schema that is in force. */
export interface CustomDataSchema {
  /** The document itself. */
  readonly root: FieldNode;
  /** The `writeOnly` fields, none within another: JSON Pointers into the document. */
  readonly writeOnlyPaths: readonly string[];
  /**
   * Fails with `CUSTOM_DATA_INVALID` if a document that a write would leave behind breaks the schema: as a
   * whole if an operator writes it; if a user does, only in what the user sees and may write, and in the
   * `writeOnly` fields that the write names.
   */
  assertValid(next: NextDocument, writer: 'USER' | 'OPERATOR'): void;
}

/** A schema, or everything that is wrong with the file, each with a JSON Pointer into it. */
export type SchemaResult =
  | { readonly type: 'ok'; readonly schema: CustomDataSchema }
  | { readonly type: 'error'; readonly problems: readonly SchemaProblem[] };

/** How many violations an answer lists. */
const MAX_VIOLATIONS = 100;

/** What parsing a schema file takes beside the file. */
export interface SchemaOptions {
  /** Top-level field that holds the user id. */
  readonly userIdField: string;
  /** What keeps fields from having types elsewhere. */
  readonly findTypeProblems?: (root: FieldNode) => readonly SchemaProblem[];
}

/** Parses the JSON of a schema file (JSON Schema 2020-12, the document being an object). */
export function parseCustomDataSchema(
  file: unknown,
  { userIdField, findTypeProblems }: SchemaOptions,
): SchemaResult {
  if (!isPlainObject(file) || file.type !== 'object') {
    return {
      type: 'error',
      problems: [{ path: '', message: 'A document needs "type": "object"' }],
    };
  }
  const problems = findKeywordProblems(file);
  const report = (problem: SchemaProblem) => problems.push(problem);
  const identity = ['_id', userIdField];
  const root = protectIdentity(buildFieldTree(file, report), identity);
  problems.push(...(findTypeProblems?.(root) ?? []));
  for (const name of identity) {
    const node = root.fields.get(name);
    if (node === undefined || (maySee(node.access) && node.inToken)) continue;
    report({ path: node.path, message: 'An identity field cannot be hidden or kept from tokens' });
  }
  if (root.access !== 'writable' || !root.inToken) {
    report({ path: '', message: 'The document as a whole cannot be protected' });
  }
  const compiled = compileValidator(file);
  // What the library says beyond the known problems would say them again.
  if (compiled.type === 'error' && problems.length === 0) problems.push(...compiled.problems);
  if (compiled.type === 'error' || problems.length > 0) return { type: 'error', problems };
  return {
    type: 'ok',
    schema: {
      root,
      writeOnlyPaths: findWriteOnly(root, ''),
      assertValid: createValidation(root, compiled.validate, findUnnamed(file, identity)),
    },
  };
}

/** A schema file that cannot be used; the message is for the operator and lists every problem. */
class SchemaFileError extends UnusableFileError {
  override readonly name = 'SchemaFileError';

  constructor(problems: readonly SchemaProblem[]) {
    super('CUSTOM_DATA_SCHEMA_FILE', problems);
  }
}

/** The schema of a file. Fails with a `SchemaFileError`. */
export function createCustomDataSchema(file: unknown, options: SchemaOptions): CustomDataSchema {
  const result = parseCustomDataSchema(file, options);
  if (result.type === 'ok') return result.schema;
  throw new SchemaFileError(result.problems);
}

/** The identity fields that the schema says nothing of: it is not to refuse them as unknown. */
function findUnnamed(file: SchemaObject, identity: readonly string[]): string[] {
  const { properties, required } = file;
  const isNamed = (name: string) =>
    (isPlainObject(properties) && Object.hasOwn(properties, name)) ||
    (Array.isArray(required) && required.includes(name));
  return identity.filter((name) => !isNamed(name));
}

/** Whatever the schema says of identity fields, users may not write them. */
function protectIdentity(root: FieldNode, identity: readonly string[]): FieldNode {
  const named = [...root.fields].filter(([name]) => identity.includes(name));
  if (named.length === 0) return root;
  const fields = new Map(root.fields);
  for (const [name, node] of named) {
    const access = maySee(node.access) ? 'readOnly' : 'hidden';
    fields.set(name, { ...node, access });
  }
  return { ...root, fields, hasProtected: true };
}

function createValidation(
  root: FieldNode,
  validate: Validator,
  unnamed: readonly string[],
): CustomDataSchema['assertValid'] {
  return ({ document, visible, named }, writer) => {
    const isUser = writer === 'USER';
    const concernsUser = ({ path }: Violation) => isWritten(root, splitPointer(path) ?? [], named);
    // Without what users do not see, so that no answer can depend on it.
    const whole = isUser ? visible : document;
    const members = Object.entries(whole).filter(([name]) => !unnamed.includes(name));
    const checked: Document = Object.fromEntries(members);
    const violations = [
      ...findWrongBsonTypes(checked, root, ''),
      ...validate(toSchemaDocument(checked)),
    ].filter((violation) => !isUser || concernsUser(violation));
    if (violations.length === 0) return;
    throw new GatewayError('CUSTOM_DATA_INVALID', {
      violations: violations.slice(0, MAX_VIOLATIONS),
    });
  };
}

/** Whether a value is the business of a user who names some `writeOnly` fields. */
function isWritten(root: FieldNode, tokens: readonly string[], named: NamedFields): boolean {
  let node: FieldNode | undefined = root;
  let path = '';
  for (const token of tokens) {
    const isWhole: boolean = node?.access === 'writeOnly';
    node = memberOf(node, token);
    if (node === undefined) return true;
    path = appendPointer(path, token);
    if (!mayWrite(node.access)) return false;
    if (node.access === 'writeOnly' && !isWhole && !named.has(path)) return false;
  }
  return true;
}

function findWriteOnly({ fields }: FieldNode, path: string): string[] {
  return [...fields].flatMap(([name, child]) => {
    const at = appendPointer(path, name);
    return child.access === 'writeOnly' ? [at] : findWriteOnly(child, at);
  });
}

function findWrongBsonTypes(value: unknown, node: FieldNode, path: string): Violation[] {
  if (node.bsonType !== undefined) {
    const fits = BSON_TYPES[node.bsonType].isOne(value) || (value === null && node.isNullable);
    return fits ? [] : [{ path, message: `must be of the BSON type "${node.bsonType}"` }];
  }
  if (Array.isArray(value)) {
    const { items } = node;
    if (items === undefined) return [];
    return value.flatMap((item, i) => findWrongBsonTypes(item, items, appendPointer(path, i)));
  }
  if (!isPlainObject(value)) return [];
  return [...node.fields].flatMap(([name, child]) =>
    Object.hasOwn(value, name)
      ? findWrongBsonTypes(value[name], child, appendPointer(path, name))
      : [],
  );
}
