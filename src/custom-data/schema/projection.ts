/** Which parts of a document are shown where, and which a write leaves as they are. */
import { ABSENT, type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { type FieldNode, maySee } from './field-tree.ts';

/**
 * The part of a document that users may see: all but `writeOnly` and hidden fields; for a `token` also
 * without the fields that do not travel in tokens. Works on BSON values and on Extended JSON alike. What
 * does not change is shared.
 *
 * An object in which the schema hides fields is left out where it shows nothing: `{}` would tell that
 * there is something. At the top such objects come last: a store leaves a field in its place, which would
 * tell what was there before anything of it was shown.
 */
export function projectDocument(
  document: Document,
  node: FieldNode,
  view: 'token' | 'user',
): Document {
  const shown = projectMembers(document, node, view);
  if (shown === document) return document;
  const isLast = (name: string) => node.fields.get(name)?.hasUnseen === true;
  const first = Object.keys(shown).filter((name) => !isLast(name));
  const last = [...node.fields.keys()].filter((name) => isLast(name) && Object.hasOwn(shown, name));
  const result: Document = {};
  for (const name of [...first, ...last]) setOwn(result, name, shown[name]);
  return result;
}

function projectMembers(document: Document, node: FieldNode, view: 'token' | 'user'): Document {
  const isNarrowed = view === 'token' ? node.hasOutsideToken : node.hasUnseen;
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
  if (!maySee(node.access) || (view === 'token' && !node.inToken)) return ABSENT;
  const shown = projectValue(value, node, view);
  return node.hasUnseen && isEmptyObject(shown) ? ABSENT : shown;
}

function projectValue(
  value: unknown,
  node: FieldNode | undefined,
  view: 'token' | 'user',
): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => projectValue(item, node.items, view));
  return isPlainObject(value) ? projectMembers(value, node, view) : value;
}

/** Whether a value is an object without members. */
export function isEmptyObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

/**
 * The node that a path through a document leads to, and whether it is closed to users. A `writeOnly` field
 * is open as a whole; what is below it is not.
 */
export function lookUp(
  root: FieldNode,
  tokens: readonly string[],
): { readonly node: FieldNode | undefined; readonly isProtected: boolean } {
  let node: FieldNode | undefined = root;
  for (const [index, token] of tokens.entries()) {
    node = memberOf(node, token);
    if (node === undefined || node.access === 'writable') continue;
    const isWhole = node.access === 'writeOnly' && index === tokens.length - 1;
    return { node, isProtected: !isWhole };
  }
  return { node, isProtected: false };
}

/** The node of a member of an object, or of an element of an array. */
export function memberOf(node: FieldNode | undefined, token: string): FieldNode | undefined {
  return node?.type === 'array' ? node.items : node?.fields.get(token);
}
