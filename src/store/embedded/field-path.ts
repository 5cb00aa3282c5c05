/** Changes of one field of a document by its dotted path, by MongoDB's rules for updates. */

import { ABSENT, type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { isArrayIndex } from '../../values/paths.ts';

/** What becomes of the value of a field. Both sides may be `ABSENT`. */
export type Change = (current: unknown) => unknown;

/** MongoDB's limit for the nulls that a write past the end of an array may add. */
const MAX_ARRAY_PADDING = 1_500_000;

/**
 * Applies `change` to the field at `path`, in place. Documents missing on the way are made, unless
 * the field was absent and stays so.
 *
 * @throws Error if the path leads through a value that is neither a document nor an array.
 */
export function changeField(document: Document, path: string, change: Change): void {
  changeIn(document, path.split('.'), change, path);
}

function changeIn(
  container: Document | unknown[],
  names: readonly string[],
  change: Change,
  path: string,
): void {
  const [name = '', ...rest] = names;
  const current = read(container, name);
  if (rest.length === 0) {
    write(container, name, change(current), path);
  } else if (current === ABSENT) {
    const value = change(ABSENT);
    if (value !== ABSENT) write(container, name, nest(rest, value), path);
  } else if (isPlainObject(current) || Array.isArray(current)) {
    changeIn(current, rest, change, path);
  } else if (change(ABSENT) !== ABSENT) {
    throw new Error(`The field "${path}" cannot be created inside a value that has no fields`);
  }
}

function nest(names: readonly string[], value: unknown): unknown {
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

function read(container: Document | unknown[], name: string): unknown {
  const own: Document = container as Document;
  // An array's own "length" is not one of its items.
  const exists = Array.isArray(container) ? isArrayIndex(name) : true;
  return exists && Object.hasOwn(own, name) ? own[name] : ABSENT;
}

function write(container: Document | unknown[], name: string, value: unknown, path: string): void {
  if (Array.isArray(container)) writeItem(container, name, value, path);
  else if (value === ABSENT) delete container[name];
  else setOwn(container, name, value);
}

function writeItem(items: unknown[], name: string, value: unknown, path: string): void {
  if (!isArrayIndex(name)) {
    if (value === ABSENT) return;
    throw new Error(`The field "${path}" cannot be created inside an array`);
  }
  const index = Number(name);
  if (value === ABSENT) {
    if (index < items.length) items[index] = null;
    return;
  }
  if (index - items.length > MAX_ARRAY_PADDING) {
    throw new Error(`The field "${path}" lies too far past the end of its array`);
  }
  while (items.length < index) items.push(null);
  items[index] = value;
}
