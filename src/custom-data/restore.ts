/** Bringing back what a document was. */
import { type Document, isPlainObject, setOwn } from '../values/documents.ts';
import { isSameValue } from '../values/equality.ts';
import type { FieldNode } from './schema/field-tree.ts';
import {
  assertNoPaths,
  findForbiddenPaths,
  identityFields,
  type WritePolicy,
} from './write-policy.ts';

/**
 * What is to be written of an earlier document: everything but the fields that users may not write, which
 * stay as they are now.
 *
 * Fails with `FIELD_NOT_WRITABLE` if that would write a name that no user may write. Only someone with
 * database access can have put one there; where it is unchanged it is not written.
 */
export function restorableDocument(
  earlier: Document,
  current: Document | null,
  policy: WritePolicy,
): Document {
  const identity = identityFields(policy);
  const writable: Document = {};
  const changed: Document = {};
  for (const key of Object.keys(earlier)) {
    if (identity.includes(key)) continue;
    setOwn(writable, key, earlier[key]);
    if (!isUnchanged(key, earlier, current)) setOwn(changed, key, earlier[key]);
  }
  const paths: string[] = [];
  const { fields } = policy;
  const withoutProtected = (document: Document) =>
    fields === undefined ? document : dropProtected(document, fields);
  findForbiddenPaths(withoutProtected(changed), '', paths);
  assertNoPaths(paths);
  return withoutProtected(writable);
}

function isUnchanged(key: string, earlier: Document, current: Document | null): boolean {
  return current !== null && Object.hasOwn(current, key) && isSameValue(current[key], earlier[key]);
}

function dropProtected(document: Document, node: FieldNode): Document {
  if (!node.hasProtected) return document;
  const result: Document = {};
  for (const key of Object.keys(document)) {
    const child = node.fields.get(key);
    if (child !== undefined && child.access !== 'writable') continue;
    const value = document[key];
    setOwn(
      result,
      key,
      child !== undefined && isPlainObject(value) ? dropProtected(value, child) : value,
    );
  }
  return result;
}
