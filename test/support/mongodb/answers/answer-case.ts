/** Commands and what MongoDB answers to them. */
import type { Document } from '../../../../src/values/documents.ts';

/** A number of an error, or `ok`. */
export type Answer = number | 'ok';

/** A command and its answer. Collections are empty but for what `before` does. */
export interface AnswerCase {
  readonly what: string;
  readonly before?: readonly Document[];
  readonly command: Document;
  readonly code: Answer;
  /** What FerretDB 1.24 answers, where it is another. */
  readonly ferret?: Answer;
}

/** An insertion into an empty collection. */
export const ONE = { insert: 'c', documents: [{ _id: 1, a: 1, t: 'x', n: null, l: [1] }] };

/** An index on `key` named `name`, as `createIndexes` takes it. */
export function index(key: Document, name: string, options: Document = {}): Document {
  return { createIndexes: 'c', indexes: [{ key, name, ...options }] };
}

/** An update of the document that has `_id` 1. */
export function update(u: unknown, options: Document = {}): Document {
  return { update: 'c', updates: [{ q: { _id: 1 }, u, ...options }] };
}
