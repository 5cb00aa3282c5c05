/** What a write makes of a document, as far as a page can know: what users may not write or see stays with the gateway. */
import type { WriteMode } from 'custom-user-data-client';

type Document = Readonly<Record<string, unknown>>;

/** Combines them as the gateway does in that mode (`docs/write-modes.md`). A replaced document keeps its `_id`. */
export function combine(mode: WriteMode, document: Document, data: Document): Document {
  if (mode === 'MERGE') return { ...document, ...data };
  if (mode === 'DEEP_MERGE') return mergeDeep(document, data);
  return '_id' in document ? { _id: document['_id'], ...data } : data;
}

/** RFC 7396. */
function mergeDeep(target: Document, patch: Document): Document {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name);
    if (value === null) merged.delete(name);
    else
      merged.set(name, isObject(value) ? mergeDeep(isObject(before) ? before : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
