/** What a write leaves as it is: the fields that it may not change, and those that nobody sees it change. */
import { ABSENT, type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { appendPointer } from '../../values/json.ts';
import { type FieldNode, maySee } from './field-tree.ts';
import { isEmptyObject } from './projection.ts';

/** JSON Pointers of the `writeOnly` fields that a write names: it sets or removes them as a whole. */
export type NamedFields = ReadonlySet<string>;

/** A document as a write would leave it behind. */
export interface NextDocument {
  readonly document: Document;
  /** The part of it that is the writer's business: what users see, and the `writeOnly` fields they name. */
  readonly visible: Document;
  /** The `writeOnly` fields that a user's write names: paths in `visible`, unless they are removed. */
  readonly named: NamedFields;
}

/** A value of the document: what the schema says of it, and where it is. */
export interface Place {
  readonly node: FieldNode;
  /** JSON Pointer into the document. */
  readonly path: string;
  readonly named: NamedFields;
}

/**
 * `next` with every protected field as it is in `before`, whatever the write did to the objects that
 * hold it: those that users may not write, and `writeOnly` ones that the write does not name. An object
 * that the write removed comes back with its protected fields alone.
 *
 * An object in which the schema hides fields goes when the write leaves nothing in it, so that it is
 * the same to write `{}` and to remove it, whether hidden fields are there or not.
 */
export function keepProtected(
  before: Document,
  next: Document,
  node: FieldNode,
  named: NamedFields,
): Document {
  return keepMembers(before, next, { node, path: '', named });
}

/** The same for a value that is written in place of another; `ABSENT`: there was none, it is removed. */
export function keepWithin(before: unknown, next: unknown, place: Place): unknown {
  if (!place.node.hasProtected) return next;
  const written = isPlainObject(next) ? next : {};
  const kept = keepMembers(isPlainObject(before) ? before : {}, written, place);
  return kept === written ? next : kept;
}

function keepMembers(before: Document, next: Document, { node, path, named }: Place): Document {
  if (!node.hasProtected) return next;
  const kept = new Map<string, unknown>();
  for (const [name, child] of node.fields) {
    const written = ownValue(next, name);
    const place = { node: child, path: appendPointer(path, name), named };
    // What is `writeOnly` within what is `writeOnly` is written with it.
    const isNamed = node.access === 'writeOnly' || named.has(place.path);
    const value = keepMember(ownValue(before, name), written, place, isNamed);
    const isUnseen = !maySee(child.access) && value !== ABSENT;
    if (value !== written || isUnseen) kept.set(name, value);
  }
  return kept.size === 0 ? next : arrange(before, next, node, kept);
}

/** What a field must be after a write. */
function keepMember(before: unknown, written: unknown, place: Place, isNamed: boolean): unknown {
  const { access, hasUnseen } = place.node;
  if (access === 'writeOnly') return isNamed ? keepWithin(before, written, place) : before;
  if (access !== 'writable') return before;
  const kept = keepWithin(before, written, place);
  if (!hasUnseen || (kept !== ABSENT && !isEmptyObject(kept))) return kept;
  // Left as it is, an empty object is shown no more than one that is removed.
  return isEmptyObject(before) ? before : ABSENT;
}

/**
 * `next` with other values for some of its members. A field that users do not see keeps its place among
 * those they do: where it is in the stored bytes must not tell whether the visible fields have changed.
 */
function arrange(
  before: Document,
  next: Document,
  { fields }: FieldNode,
  kept: ReadonlyMap<string, unknown>,
): Document {
  const isPlaced = (name: string) =>
    kept.has(name) &&
    Object.hasOwn(before, name) &&
    !(Object.hasOwn(next, name) && maySee(fields.get(name)?.access ?? 'writable'));
  const followers = new Map<string | null, string[]>();
  let previous: string | null = null;
  for (const name of Object.keys(before)) {
    if (isPlaced(name)) {
      const placed = followers.get(previous) ?? [];
      placed.push(name);
      followers.set(previous, placed);
    } else if (Object.hasOwn(next, name)) previous = name;
  }
  const staying = Object.keys(next).filter((name) => !isPlaced(name));
  const names = staying.flatMap((name) => [name, ...(followers.get(name) ?? [])]);
  const result: Document = {};
  for (const name of [...(followers.get(null) ?? []), ...names]) {
    const value = kept.has(name) ? kept.get(name) : next[name];
    if (value !== ABSENT) setOwn(result, name, value);
  }
  return result;
}

function ownValue(document: Document, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : ABSENT;
}
