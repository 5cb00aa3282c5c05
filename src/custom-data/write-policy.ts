/** What users may not write: who they are, and names that databases or JavaScript take for more. */
import { Code, ObjectId } from '../bson.ts';
import { badInput, GatewayError } from '../errors.ts';
import { type Document, isPlainObject, setOwn } from '../values/documents.ts';
import { isSameValue } from '../values/equality.ts';
import { appendPointer } from '../values/json.ts';
import { isDbRef, parseExtendedJson } from './extended-json-parse.ts';
import { type FieldNode, mayWrite } from './schema/field-tree.ts';
import { takeProtected } from './schema/write-access.ts';
import type { WriteMode } from './write-mode.ts';

/** Whose document it is and which of its fields users may not write. */
export interface WritePolicy {
  readonly userId: string;
  /** Top-level field that holds the user id; may be `_id`. */
  readonly userIdField: string;
  /** What the operator's schema says of the fields; absent: users may write all others. */
  readonly fields?: FieldNode;
}

/** How many offending paths an answer lists: a request may hold a hundred thousand. */
const MAX_PATHS = 100;

/** `_bsontype` would make the driver take a document for a value of a type that it is not. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  '_bsontype',
]);

const DB_REF_NAMES: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

/** The top-level fields that say whose document it is. */
export function identityFields({ userIdField }: Pick<WritePolicy, 'userIdField'>): string[] {
  return ['_id', userIdField];
}

/** The top-level fields that users may not write. */
export function protectedFields(policy: WritePolicy): string[] {
  const fields = [...(policy.fields?.fields ?? [])];
  const names = fields.filter(([, node]) => !mayWrite(node.access)).map(([name]) => name);
  return [...identityFields(policy), ...names];
}

/** Whether no user may name a field so: `$` and dots mean something to MongoDB. */
export function isForbiddenName(name: string): boolean {
  return name.startsWith('$') || name.includes('.') || RESERVED_NAMES.has(name);
}

/**
 * Parses what a user wants written and holds it to the policy, given the document there is.
 *
 * Protected fields that are sent back unchanged are left out of the result, so that a client may
 * read the whole document, change it and write it back.
 *
 * `mode` decides what `null` means where an object holds protected fields.
 *
 * Fails with `BAD_USER_INPUT` if it is not an object of valid Extended JSON, with
 * `FIELD_NOT_WRITABLE` and the first hundred offending paths otherwise.
 */
export function parseWritableDocument(
  input: unknown,
  current: Document | null,
  policy: WritePolicy,
  mode: WriteMode = 'MERGE',
): Document {
  const parsed = isPlainObject(input) ? parseExtendedJson(input) : undefined;
  // A wrapper at the top makes a BSON value, which is no document either.
  if (!isPlainObject(parsed)) throw badInput('"newCustomUserData" must be a JSON object', '');
  const paths: string[] = [];
  const writable: Document = {};
  const identity = identityFields(policy);
  for (const key of Object.keys(parsed)) {
    if (identity.includes(key)) {
      if (!isUnchangedIdentity(key, parsed[key], current, policy))
        paths.push(appendPointer('', key));
    } else {
      setOwn(writable, key, parsed[key]);
    }
  }
  findForbiddenPaths(writable, '', paths);
  const mayRemove = mode === 'DEEP_MERGE';
  const taken =
    policy.fields === undefined
      ? writable
      : takeProtected(writable, current ?? {}, policy.fields, { path: '', paths, mayRemove });
  assertNoPaths(paths);
  return taken;
}

/** Collects the paths of forbidden names at any depth below `path`. */
export function findForbiddenPaths(value: unknown, path: string, paths: string[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      findForbiddenPaths(item, appendPointer(path, index), paths);
    }
  } else if (value instanceof Code) {
    findForbiddenPaths(value.scope, appendPointer(path, '$scope'), paths);
  } else if (isPlainObject(value)) {
    // A DBRef cannot be the document itself: these names are for embedded ones.
    const allowed = path !== '' && isDbRef(value) ? DB_REF_NAMES : new Set<string>();
    for (const key of Object.keys(value)) {
      const keyPath = appendPointer(path, key);
      if (isForbiddenName(key) && !allowed.has(key)) paths.push(keyPath);
      else findForbiddenPaths(value[key], keyPath, paths);
    }
  }
}

/** Fails with `FIELD_NOT_WRITABLE` if there are any paths. */
export function assertNoPaths(paths: readonly string[]): void {
  if (paths.length === 0) return;
  throw new GatewayError('FIELD_NOT_WRITABLE', { paths: paths.slice(0, MAX_PATHS) });
}

/** Whether a value for an identity field is the one that it has. */
export function isUnchangedIdentity(
  field: string,
  value: unknown,
  current: Document | null,
  { userId, userIdField }: Pick<WritePolicy, 'userId' | 'userIdField'>,
): boolean {
  if (field === userIdField && isId(value, userId)) return true;
  if (current === null || !Object.hasOwn(current, field)) return false;
  const stored = current[field];
  // Tokens show an ObjectId `_id` as plain hex digits.
  if (field === '_id' && stored instanceof ObjectId) return isId(value, stored.toHexString());
  return isSameValue(stored, value);
}

/** Whether `value` is the id, as a string or as an ObjectId. */
function isId(value: unknown, id: string): boolean {
  return value === id || (value instanceof ObjectId && value.toHexString() === id);
}
