/**
 * The BSON library, loaded once for each call into the call's own context.
 *
 * So the values that a function gets are of its own classes, and what it does to them ends with it.
 * Values cross to the rest of the gateway as bytes, whatever copy of the library made them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Context, runInContext, Script } from 'node:vm';
import { MAX_VALUE_BYTES, tooLarge } from '../messages.ts';

/** The library, as loaded into a context. */
export type GuestBson = typeof import('../../bson.ts') & {
  readonly EJSON: object;
};

/** Objects and arrays within one another: MongoDB's documented limit. */
const MAX_DEPTH = 100;

/** How functions see documents: numbers are numbers, int64 stays `Long`. */
const GUEST_VALUES = { promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

const file = createRequire(import.meta.url).resolve('bson');
const script = new Script(
  `(function (exports, Buffer) {${readFileSync(file, 'utf8')}\n;return (real) => { Buffer = real; };})`,
  { filename: 'bson.cjs' },
);

/**
 * Each copy of the library allocates a buffer of 17 MiB when it is loaded, to write into. Nothing that
 * uses it ever waits, so all copies of this process share one.
 */
let sharedBuffer: Buffer | undefined;
const LoadingBuffer = new Proxy(Buffer, {
  get(target, key) {
    if (key !== 'alloc') return Reflect.get(target, key) as unknown;
    return (size: number) => {
      if (size < MAX_VALUE_BYTES) return Buffer.alloc(size);
      sharedBuffer ??= Buffer.alloc(size);
      return sharedBuffer;
    };
  },
});

/** Loads the library into a context, which must have the global `crypto`. */
export function loadGuestBson(context: Context): GuestBson {
  type Load = (exports: object, buffer: typeof Buffer) => (real: typeof Buffer) => void;
  const load = script.runInContext(context) as Load;
  // Of the context, so that the copy is too.
  const library = runInContext('({})', context) as GuestBson;
  load(library, LoadingBuffer)(Buffer);
  return library;
}

/** The bytes of a value of a function. Fails with an error that says why it cannot travel. */
export function encodeGuestValue(bson: GuestBson, value: unknown): Uint8Array {
  const bytes = bson.serialize({ value });
  if (bytes.length > MAX_VALUE_BYTES) throw tooLarge();
  assertDepth(value, MAX_DEPTH);
  return bytes;
}

/** The rest of the gateway reads values recursively, and MongoDB takes no deeper ones. */
function assertDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if ('_bsontype' in value || ArrayBuffer.isView(value)) return;
  if (left === 0) throw new RangeError(`it is nested more than ${MAX_DEPTH} deep`);
  const members = value instanceof Map ? [...value.values()] : Object.values(value);
  for (const member of members) assertDepth(member, left - 1);
}

/** Reads the bytes of a value as a function is to see it. */
export function readGuestValue(bson: GuestBson, bytes: Uint8Array): unknown {
  return bson.deserialize(bytes, GUEST_VALUES).value;
}
