/**
 * The BSON library, loaded into the context of a call that needs it, once, and once into the process itself.
 *
 * So the values that a function gets are of its own classes, and what it does to them ends with it.
 * Values cross to the rest of the gateway as bytes, whatever copy of the library made them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Context, runInContext, Script } from 'node:vm';
import { MAX_VALUE_BYTES } from '../messages.ts';

/** The library, as loaded into a context. */
export type GuestBson = typeof import('../../bson.ts') & {
  readonly EJSON: object;
};

const file = createRequire(import.meta.url).resolve('bson');
/**
 * In the place of `WebAssembly`: nothing is exported, and the library does without. Its arithmetic is not worth an
 * instance for each call.
 */
const NoWebAssembly = {
  Module: class {},
  Instance: class {
    readonly exports = undefined;
  },
};

const script = new Script(
  `(function (exports, Buffer, WebAssembly) {${readFileSync(file, 'utf8')}\n;return (real) => { Buffer = real; };})`,
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

type Load = (
  exports: object,
  buffer: typeof Buffer,
  assembly: typeof NoWebAssembly,
) => (real: typeof Buffer) => void;

/** Loads the library into a context, which must have the global `crypto`. */
export function loadGuestBson(context: Context): GuestBson {
  const load = script.runInContext(context) as Load;
  // Of the context, so that the copy is too.
  const library = runInContext('({})', context) as GuestBson;
  load(library, LoadingBuffer, NoWebAssembly)(Buffer);
  return library;
}

/** The copy of the process itself. */
export const processBson = loadProcessBson();

function loadProcessBson(): GuestBson {
  const library = {};
  (script.runInThisContext() as Load)(library, LoadingBuffer, NoWebAssembly)(Buffer);
  return library as GuestBson;
}
