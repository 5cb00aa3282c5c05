/** Where a document was changed, for those who keep an eye on it: paths, never values. */
import { ABSENT, type Document, isPlainObject } from '../values/documents.ts';
import { isSameValue } from '../values/equality.ts';
import { appendPointer } from '../values/json.ts';
import { diffDocuments } from './history/diff.ts';
import type { FieldNode } from './schema/field-tree.ts';

/** How many paths are told: a document may have a hundred thousand fields. */
const MAX_CHANGED_PATHS = 100;

/** Told of a change that is stored: JSON Pointers (RFC 6901), the first hundred. Not of one of nothing. */
export type OnChangedPaths = (paths: readonly string[]) => void;

/** Who is told of a change. */
export interface ChangeListeners {
  /** Told of everything that is another now. */
  readonly onChange?: OnChangedPaths | undefined;
  /** Told of those fields that the schema keeps from users: they may not write them, or not see them. */
  readonly onProtectedChange?: OnChangedPaths | undefined;
}

/** Where the document is from. */
interface ChangedDocument {
  /** The operator's schema, if there is one. */
  readonly schema?: { readonly root: FieldNode } | null;
  /** Top-level field that holds the user id. */
  readonly userIdField: string;
}

/** Tells of a change; `null`: there is no document. */
export function tellChange(
  { onChange, onProtectedChange }: ChangeListeners,
  before: Document | null,
  after: Document | null,
  { schema, userIdField }: ChangedDocument,
): void {
  if (onChange !== undefined) {
    const changes = diffDocuments(before ?? {}, after ?? {});
    tell(
      onChange,
      changes.map(({ path }) => path),
    );
  }
  if (onProtectedChange === undefined || !schema) return;
  const paths: string[] = [];
  collectProtected(before ?? {}, after ?? {}, { node: schema.root, path: '' }, paths);
  // Whose document it is comes and goes with it, and is never changed.
  const identity = ['_id', userIdField].map((name) => appendPointer('', name));
  const changed = paths.filter((path) => !identity.includes(path));
  tell(onProtectedChange, changed);
}

function tell(listener: OnChangedPaths, paths: readonly string[]): void {
  if (paths.length > 0) listener(paths.slice(0, MAX_CHANGED_PATHS));
}

interface Place {
  readonly node: FieldNode;
  readonly path: string;
}

/** A protected field is looked at as a whole: what is in it is as protected as it is. */
function collectProtected(
  before: unknown,
  after: unknown,
  { node, path }: Place,
  paths: string[],
): void {
  if (!node.hasProtected) return;
  for (const [name, child] of node.fields) {
    const place = { node: child, path: appendPointer(path, name) };
    const [old, fresh] = [memberOf(before, name), memberOf(after, name)];
    if (child.access === 'writable') collectProtected(old, fresh, place, paths);
    else if (!isSame(old, fresh)) paths.push(place.path);
  }
}

function memberOf(value: unknown, name: string): unknown {
  return isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : ABSENT;
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === ABSENT || after === ABSENT) return before === after;
  return isSameValue(before, after);
}
