/** What differs between two documents. */
import { type Document, isPlainObject } from '../../values/documents.ts';
import { isSameValue } from '../../values/equality.ts';
import { appendPointer } from '../../values/json.ts';

/** What happened to a value. */
export type ChangeKind = 'ADDED' | 'REMOVED' | 'CHANGED';

/** One difference. Values are BSON values. */
export interface DocumentChange {
  /** JSON Pointer (RFC 6901) of the value. */
  readonly path: string;
  readonly kind: ChangeKind;
  /** What was there; absent if `ADDED`. */
  readonly before?: unknown;
  /** What is there; absent if `REMOVED`. */
  readonly after?: unknown;
}

/**
 * The differences from `before` to `after`, as deep in objects and arrays as they are. Values differ if
 * their BSON types or bytes do; the order of fields is no difference. Arrays are compared element by
 * element, so one that grew or shrank has elements added or removed at its end.
 */
export function diffDocuments(before: Document, after: Document): DocumentChange[] {
  const changes: DocumentChange[] = [];
  compareMembers(before, after, '', changes);
  return changes;
}

/** The members of two objects, or the elements of two arrays. */
function compareMembers(
  before: Document,
  after: Document,
  path: string,
  changes: DocumentChange[],
): void {
  for (const key of Object.keys(before)) {
    const at = appendPointer(path, key);
    if (Object.hasOwn(after, key)) compareValues(before[key], after[key], at, changes);
    else changes.push({ path: at, kind: 'REMOVED', before: before[key] });
  }
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) continue;
    changes.push({ path: appendPointer(path, key), kind: 'ADDED', after: after[key] });
  }
}

function compareValues(
  before: unknown,
  after: unknown,
  path: string,
  changes: DocumentChange[],
): void {
  if (isPlainObject(before) && isPlainObject(after)) compareMembers(before, after, path, changes);
  else if (Array.isArray(before) && Array.isArray(after)) {
    compareMembers({ ...before }, { ...after }, path, changes);
  } else if (!isSameValue(before, after)) {
    changes.push({ path, kind: 'CHANGED', before, after });
  }
}
