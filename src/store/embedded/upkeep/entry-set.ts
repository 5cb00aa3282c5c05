/** Whether two sets of index entries are the same, without holding either. */
import { createHash } from 'node:crypto';

const WORD_BYTES = 4;
const WORDS = 8;

/** A set that is only added to, and compared. */
export interface EntrySet {
  /** Adds an entry that is not in the set: the key of a value, and the key of the document that has it. */
  readonly add: (key: Buffer, documentKey: Buffer) => void;
  readonly equals: (other: EntrySet) => boolean;
  /** How many there are, and what their hashes come to. */
  readonly state: { count: number; readonly sum: Int32Array };
}

/**
 * Creates an empty set. It keeps the exclusive or of the SHA-256 of its entries, in which their order makes no
 * difference.
 */
export function createEntrySet(): EntrySet {
  const state = { count: 0, sum: new Int32Array(WORDS) };
  return {
    state,
    add(key, documentKey) {
      const digest = createHash('sha256').update(entryText(key, documentKey)).digest();
      for (let word = 0; word < WORDS; word += 1) {
        state.sum[word] = (state.sum[word] ?? 0) ^ digest.readInt32LE(word * WORD_BYTES);
      }
      state.count += 1;
    },
    equals: (other) =>
      state.count === other.state.count &&
      state.sum.every((word, position) => word === other.state.sum[position]),
  };
}

/** An entry as one text; its length first, so that no two entries have one text. */
export function entryText(key: Buffer, documentKey: Buffer): string {
  return `${key.length}:${key.toString('latin1')}${documentKey.toString('latin1')}`;
}
