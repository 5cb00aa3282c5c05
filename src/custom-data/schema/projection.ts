/** Which parts of a document are shown where, and which a write leaves as they are. */
import { type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import type { FieldNode } from './field-tree.ts';

/** In place of a value: there is none. */
export const ABSENT = Symbol('absent');

/**
 * The part of a document that users may see: all but hidden fields; for a `token` also without the
 * fields that do not travel in tokens. Works on BSON values and on Extended JSON alike. What does
 * not change is shared.
 *
 * An object in which the schema hides fields is left out where it shows nothing: `{}` would tell that
 * there is something.
 */
export function projectDocument(
  document: Document,
  node: FieldNode,
  view: 'token' | 'user',
): Document {
  const isNarrowed = view === 'token' ? node.hasOutsideToken : node.hasHidden;
  if (!isNarrowed) return document;
  const result: Document = {};
  for (const key of Object.keys(document)) {
    const child = node.fields.get(key);
    const shown = child === undefined ? document[key] : projectField(document[key], child, view);
    if (shown !== ABSENT) setOwn(result, key, shown);
  }
  return result;
}

/** The same for the value of a field; `ABSENT` if it is not shown. */
export function projectField(value: unknown, node: FieldNode, view: 'token' | 'user'): unknown {
  if (node.access === 'hidden' || (view === 'token' && !node.inToken)) return ABSENT;
  const shown = projectValue(value, node, view);
  return node.hasHidden && isEmptyObject(shown) ? ABSENT : shown;
}

function projectValue(
  value: unknown,
  node: FieldNode | undefined,
  view: 'token' | 'user',
): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => projectValue(item, node.items, view));
  return isPlainObject(value) ? projectDocument(value, node, view) : value;
}

function isEmptyObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

/**
 * `next` with every protected field as it is in `before`, whatever the write did to the objects that
 * hold it. An object that the write removed comes back with its protected fields alone.
 *
 * An object in which the schema hides fields goes when the write leaves nothing in it, so that it is
 * the same to write `{}` and to remove it, whether hidden fields are there or not.
 */
export function keepProtected(before: Document, next: Document, node: FieldNode): Document {
  if (!node.hasProtected) return next;
  const changes = [...node.fields]
    .map(([name, child]) => {
      const written = ownValue(next, name);
      return { name, written, kept: keepField(ownValue(before, name), written, child) };
    })
    .filter(({ written, kept }) => kept !== written);
  if (changes.length === 0) return next;
  const result = copy(next);
  for (const { name, kept } of changes) {
    if (kept === ABSENT) delete result[name];
    else setOwn(result, name, kept);
  }
  return result;
}

/** What a field must be after a write. */
function keepField(stored: unknown, written: unknown, node: FieldNode): unknown {
  if (node.access !== 'writable') return stored;
  const base = isPlainObject(written) ? written : {};
  const merged = keepProtected(isPlainObject(stored) ? stored : {}, base, node);
  const kept = merged === base ? written : merged;
  return node.hasHidden && kept !== stored && isEmptyObject(kept) ? ABSENT : kept;
}

function ownValue(document: Document, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : ABSENT;
}

function copy(document: Document): Document {
  const result: Document = {};
  for (const key of Object.keys(document)) setOwn(result, key, document[key]);
  return result;
}

/** The node that a path through a document leads to, and whether users may write there. */
export function lookUp(
  root: FieldNode,
  tokens: readonly string[],
): { readonly node: FieldNode | undefined; readonly isProtected: boolean } {
  let node: FieldNode | undefined = root;
  for (const token of tokens) {
    node = node?.type === 'array' ? node.items : node?.fields.get(token);
    if (node !== undefined && node.access !== 'writable') return { node, isProtected: true };
  }
  return { node, isProtected: false };
}
