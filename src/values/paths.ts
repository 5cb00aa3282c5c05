/** Dotted paths: the values that a filter, a sort or an index looks at in a document. */
import { type Document, fieldsOf } from './documents.ts';
import { valueKey } from './equality.ts';

/** Key under which an empty array is indexed; equal to no value. */
const EMPTY_ARRAY_KEY = 'u';

/** Every key under which `document` is found in an index on `path` (dots lead into documents). */
export function indexKeys(document: Document, path: string): Set<string> {
  const keys = new Set<string>();
  for (const value of valuesAt(document, path)) {
    if (!Array.isArray(value)) keys.add(valueKey(value));
    else if (value.length === 0) keys.add(EMPTY_ARRAY_KEY);
    else for (const item of value) keys.add(valueKey(item));
  }
  return keys;
}

/**
 * The values a filter or an index on `path` looks at: arrays on the way are entered, the array at
 * the end is one value, and a missing field is `undefined`.
 */
export function valuesAt(document: Document, path: string): unknown[] {
  // Most paths are one name.
  if (!path.includes('.')) return step(document, path);
  let values: unknown[] = [document];
  for (const name of path.split('.')) {
    const next = values.flatMap((value) => step(value, name));
    // A number leads into an array in two ways, so one value may be reached by very many.
    values = next.length > 1 ? [...new Set(next)] : next;
  }
  return values;
}

function step(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) {
    const inDocuments = value.filter(isDocument).flatMap((item) => step(item, name));
    // A number may be the place of an item or a field of the documents in the array.
    return isArrayIndex(name) && Number(name) < value.length
      ? [value[Number(name)], ...inDocuments]
      : inDocuments;
  }
  const fields = fieldsOf(value);
  return [fields !== null && Object.hasOwn(fields, name) ? fields[name] : undefined];
}

function isDocument(value: unknown): boolean {
  return fieldsOf(value) !== null;
}

/** Whether a name in a path may be the place of an item in an array. */
export function isArrayIndex(name: string): boolean {
  return /^(0|[1-9]\d*)$/.test(name);
}
