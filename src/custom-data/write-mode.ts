/** How a write combines with the document there is: pure functions from document to document. */
import { type Document, isPlainObject, setOwn } from '../values/documents.ts';
import { isDbRef } from './extended-json-parse.ts';

/** The ways a document sent by a user combines with the stored one. */
export const WRITE_MODES = ['MERGE', 'REPLACE', 'DEEP_MERGE'] as const;
/** One of `WRITE_MODES`. */
export type WriteMode = (typeof WRITE_MODES)[number];

/**
 * The document after a write.
 *
 * `input` has passed the write policy; `kept` names the top-level fields that users may not write,
 * which `REPLACE` carries over. Neither argument is changed; the result may share parts with both.
 */
export function applyWriteMode(
  mode: WriteMode,
  current: Document | null,
  input: Document,
  kept: readonly string[],
): Document {
  switch (mode) {
    case 'MERGE':
      // What `$set` does with top-level names: a field there is keeps its place, a new one goes last.
      return { ...current, ...input };
    case 'REPLACE':
      return replace(current ?? {}, input, kept);
    case 'DEEP_MERGE':
      return deepMerge(current ?? {}, input);
  }
}

function replace(current: Document, input: Document, kept: readonly string[]): Document {
  const isKept = ([name]: [string, unknown]) => kept.includes(name);
  return Object.fromEntries([
    ...Object.entries(current).filter(isKept),
    ...Object.entries(input).filter((member) => !isKept(member)),
  ]);
}

/**
 * JSON Merge Patch (RFC 7396 section 2) on BSON values: only plain objects merge, every other value,
 * arrays and BSON types included, replaces; `null` removes.
 */
function deepMerge(target: unknown, patch: Document): Document {
  const next = isMergeable(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete next[key];
    else if (isMergeable(value)) setOwn(next, key, deepMerge(ownValue(next, key), value));
    else setOwn(next, key, value);
  }
  return next;
}

/** A DBRef is one value, although BSON has no type for it. */
function isMergeable(value: unknown): value is Document {
  return isPlainObject(value) && !isDbRef(value);
}

function ownValue(object: Document, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
