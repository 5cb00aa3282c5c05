/** Holds what users send to the access that the schema gives them. */
import { ABSENT, type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { appendPointer } from '../../values/json.ts';
import { isSameToClients } from './bson-types.ts';
import { type FieldNode, mayWrite } from './field-tree.ts';
import { projectField } from './projection.ts';

/** What holding a write to the access of its fields takes. */
export interface WriteAccess {
  /** JSON Pointer of the object being looked at. */
  readonly path: string;
  /** Collects the paths of protected fields that the write would change. */
  readonly paths: string[];
  /** Whether `null` in place of an object removes it, as in RFC 7396. */
  readonly mayRemove: boolean;
}

/**
 * Takes out of `input` the protected fields that are sent back as the user sees them, and collects
 * the paths of all others. A hidden field is refused even if its value is right: whoever sends it is
 * guessing. A `writeOnly` field is taken as it is.
 */
export function takeProtected(
  input: Document,
  current: Document,
  node: FieldNode,
  access: WriteAccess,
): Document {
  if (!node.hasProtected) return input;
  const result: Document = {};
  for (const key of Object.keys(input)) {
    const child = node.fields.get(key);
    const stored = Object.hasOwn(current, key) ? current[key] : undefined;
    const taken =
      child === undefined
        ? input[key]
        : takeField(input[key], stored, child, {
            ...access,
            path: appendPointer(access.path, key),
          });
    if (taken !== undefined) setOwn(result, key, taken);
  }
  return result;
}

/** What is left of a value that is sent; `undefined`: nothing. */
function takeField(value: unknown, stored: unknown, node: FieldNode, access: WriteAccess): unknown {
  const { path, paths, mayRemove } = access;
  if (!mayWrite(node.access)) {
    if (!isAsShown(value, stored, node)) paths.push(path);
    return undefined;
  }
  if (!node.hasProtected || (value === null && mayRemove)) return value;
  if (isPlainObject(value)) {
    return takeProtected(value, isPlainObject(stored) ? stored : {}, node, access);
  }
  // Anything but an object in its place would remove what the write is to keep.
  paths.push(path);
  return undefined;
}

function isAsShown(value: unknown, stored: unknown, node: FieldNode): boolean {
  if (stored === undefined) return false;
  return (['token', 'user'] as const)
    .map((view) => projectField(stored, node, view))
    .some((shown) => shown !== ABSENT && isSameToClients(value, shown));
}

/** Collects the protected paths that a value set at `path` would touch. */
export function findProtectedPaths(
  value: unknown,
  node: FieldNode,
  path: string,
  paths: string[],
): void {
  if (!node.hasProtected) return;
  if (!isPlainObject(value)) {
    paths.push(path);
    return;
  }
  for (const key of Object.keys(value)) {
    const child = node.fields.get(key);
    if (child === undefined) continue;
    const at = appendPointer(path, key);
    if (!mayWrite(child.access)) paths.push(at);
    else findProtectedPaths(value[key], child, at, paths);
  }
}

/** The paths of the `writeOnly` fields that a value written at `path` names. */
export function findNamed(value: unknown, node: FieldNode, path = ''): string[] {
  if (node.access === 'writeOnly') return [path];
  if (!node.hasProtected || node.access !== 'writable' || !isPlainObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const child = node.fields.get(key);
    return child === undefined ? [] : findNamed(value[key], child, appendPointer(path, key));
  });
}
