/** Bringing back what a document was. */
import { type Document, isPlainObject } from '../values/documents.ts';
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
  const { fields } = policy;
  const withoutProtected = (document: Document) =>
    fields === undefined ? document : dropProtected(document, fields);
  const wanted = withoutProtected(earlier);
  // Without what stays as it is, so that no answer can depend on fields that the user does not see.
  const present = current === null ? null : withoutProtected(current);
  const writable = Object.entries(wanted).filter(([name]) => !identity.includes(name));
  const changed = writable.filter(([name]) => !isUnchanged(name, wanted, present));
  const paths: string[] = [];
  findForbiddenPaths(Object.fromEntries(changed), '', paths);
  assertNoPaths(paths);
  return Object.fromEntries(writable);
}

function isUnchanged(key: string, earlier: Document, current: Document | null): boolean {
  return current !== null && Object.hasOwn(current, key) && isSameValue(current[key], earlier[key]);
}

function dropProtected(document: Document, node: FieldNode): Document {
  if (!node.hasProtected) return document;
  const members = Object.entries(document).flatMap(([name, value]) => {
    const child = node.fields.get(name);
    if (child === undefined) return [[name, value]];
    if (child.access !== 'writable') return [];
    return [[name, isPlainObject(value) ? dropProtected(value, child) : value]];
  });
  return Object.fromEntries(members) as Document;
}
