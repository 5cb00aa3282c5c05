/** Which parts of a document are shown where, and which a write leaves as they are. */
import type { Document } from '../../store/port.ts';
import { isPlainObject, setOwn } from '../json.ts';
import type { FieldNode } from './field-tree.ts';

/**
 * The part of a document that users may see: all but hidden fields; for a `token` also without the
 * fields that do not travel in tokens. Works on BSON values and on Extended JSON alike. What does
 * not change is shared.
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
    if (child !== undefined && !isShown(child, view)) continue;
    setOwn(result, key, projectValue(document[key], child, view));
  }
  return result;
}

/** The same for the value of a field. */
export function projectValue(
  value: unknown,
  node: FieldNode | undefined,
  view: 'token' | 'user',
): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => projectValue(item, node.items, view));
  return isPlainObject(value) ? projectDocument(value, node, view) : value;
}

function isShown(node: FieldNode, view: 'token' | 'user'): boolean {
  return node.access !== 'hidden' && (view === 'user' || node.inToken);
}

/**
 * `next` with every protected field as it is in `before`, whatever the write did to the objects that
 * hold it. An object that the write removed comes back with its protected fields alone.
 */
export function keepProtected(before: Document, next: Document, node: FieldNode): Document {
  if (!node.hasProtected) return next;
  const kept = [...node.fields]
    .filter(([name]) => Object.hasOwn(before, name))
    .map(([name, child]) => ({
      name,
      ...keepField(before[name], Object.hasOwn(next, name) ? next[name] : undefined, child),
    }))
    .filter(({ isChanged }) => isChanged);
  if (kept.length === 0) return next;
  const result = copy(next);
  for (const { name, value } of kept) setOwn(result, name, value);
  return result;
}

/** What a field must be after a write, and whether the write made something else of it. */
function keepField(
  stored: unknown,
  written: unknown,
  node: FieldNode,
): { readonly isChanged: boolean; readonly value: unknown } {
  if (node.access !== 'writable') return { isChanged: written !== stored, value: stored };
  if (!isPlainObject(stored)) return { isChanged: false, value: written };
  const base = isPlainObject(written) ? written : {};
  const value = keepProtected(stored, base, node);
  return { isChanged: value !== base, value };
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
