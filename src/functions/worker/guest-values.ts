/**
 * The values of a call on their way in and out of its context.
 *
 * To load the BSON library into a context takes as long as all else that a small call does. Values that JSON has as
 * well, dates and ids that are only passed on need none of its classes: the copy of the process, whose code is warm,
 * reads and writes those.
 */
import { type Context, Script } from 'node:vm';
import { MAX_VALUE_BYTES, tooLarge } from '../messages.ts';
import { type GuestBson, loadGuestBson, processBson } from './guest-bson.ts';
import { createGuestIds } from './guest-ids.ts';
import { adoptPlain, copyPlain, NOT_PLAIN, type Originals } from './plain-values.ts';

/** The values of one call. */
export type GuestValues = ReturnType<typeof createGuestValues>;

/** Objects and arrays within one another: MongoDB's documented limit. */
const MAX_DEPTH = 100;
/** Longest value that is tried without the library, in bytes: for longer ones to load it is little. */
const MAX_PLAIN_BYTES = 64 * 1024;
/** Ids that wait for the library, beyond which it is loaded. */
const MAX_IDS = 1000;

/** How functions see documents: numbers are numbers, int64 stays `Long`. */
const GUEST_VALUES = { promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

/** Taken before a function can change it. */
const originalsScript = new Script(
  `({
    parse: JSON.parse,
    Date,
    datePrototype: Date.prototype,
    objectPrototype: Object.prototype,
    leafPrototypes: [String.prototype, Number.prototype, Boolean.prototype, Date.prototype],
  })`,
  { filename: 'originals.js' },
);

/** Creates the crossing of a context; `prepare` is given the library once it is loaded into it. */
export function createGuestValues(context: Context, prepare: (library: GuestBson) => void) {
  const originals = originalsScript.runInContext(context) as Originals;
  const ids = createGuestIds(context, library);
  const plain = { originals, ids };
  let loaded: GuestBson | undefined;

  /** The library of the context. */
  function library(): GuestBson {
    if (loaded === undefined) {
      loaded = loadGuestBson(context);
      prepare(loaded);
      ids.settle(loaded);
    }
    return loaded;
  }

  /** Of a plain value; `null` if it is none. */
  function encodePlain(value: unknown): Uint8Array | null {
    try {
      const copy = copyPlain(value, plain);
      if (copy === NOT_PLAIN) return null;
      const bytes = processBson.serialize({ value: copy });
      return bytes.length > MAX_VALUE_BYTES ? null : bytes;
    } catch {
      // The library of the context is to say so, with errors of the context.
      return null;
    }
  }

  return {
    library,
    /** The bytes of a value of a function. Fails with an error that says why it cannot travel. */
    encode(value: unknown): Uint8Array {
      const encoded = encodePlain(value);
      if (encoded !== null) return encoded;
      const bytes = library().serialize({ value });
      if (bytes.length > MAX_VALUE_BYTES) throw tooLarge();
      assertDepth(value, MAX_DEPTH);
      return bytes;
    },
    /** Reads the bytes of a value as a function is to see it. */
    read(bytes: Uint8Array): unknown {
      if (loaded === undefined && bytes.length <= MAX_PLAIN_BYTES && ids.count() < MAX_IDS) {
        const adopted = adoptPlain(processBson.deserialize(bytes, GUEST_VALUES), plain);
        if (adopted !== NOT_PLAIN) return (adopted as Wrapped).value;
      }
      return library().deserialize(bytes, GUEST_VALUES).value;
    },
  };
}

interface Wrapped {
  readonly value?: unknown;
}

/** The rest of the gateway reads values recursively, and MongoDB takes no deeper ones. */
function assertDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if ('_bsontype' in value || ArrayBuffer.isView(value)) return;
  if (left === 0) throw new RangeError(`it is nested more than ${MAX_DEPTH} deep`);
  const members = value instanceof Map ? [...value.values()] : Object.values(value);
  for (const member of members) assertDepth(member, left - 1);
}
