/** The context of one call: its globals, and what ends with it. */
import { type Context, createContext, Script } from 'node:vm';
import { createBsonGlobal } from './api/bson-global.ts';
import { type AddBsonMethods, BSON_METHODS_SOURCE } from './api/bson-methods.ts';
import { createConsole } from './api/console.ts';
import { createCryptoUtils } from './api/crypto-utils.ts';
import { createFetch } from './api/fetch.ts';
import { createJwtUtils } from './api/jwt-utils.ts';
import { createTimers, type Timers } from './api/timers.ts';
import { createGuestValues, type GuestValues } from './guest-values.ts';
import type { HostLink } from './host-link.ts';
import { type DefineLazily, LAZY_GLOBALS_SOURCE } from './lazy-globals.ts';
import { type Adopt, MEMBRANE_SOURCE, type OnError } from './membrane.ts';
import type { Work } from './work.ts';

const bsonMethods = new Script(BSON_METHODS_SOURCE, { filename: 'bson-methods.js' });
const membrane = new Script(MEMBRANE_SOURCE, { filename: 'membrane.js' });
const lazyGlobals = new Script(LAZY_GLOBALS_SOURCE, { filename: 'lazy-globals.js' });

/** Classes and functions of Node's that functions may use, the same for all calls. */
export const NODE_GLOBALS = {
  AbortController,
  AbortSignal,
  Blob,
  Buffer,
  crypto,
  FormData,
  Headers,
  performance,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  atob,
  btoa,
  process: globalThis.process,
  queueMicrotask,
  structuredClone,
};

/** The context of one call. */
export interface Guest {
  readonly context: Context;
  readonly values: GuestValues;
  /** Makes a value of the process one of the context. */
  readonly adopt: Adopt;
  /** The error of the process behind an error of the context, if there is one. */
  outsideOf(error: unknown): unknown;
  readonly timers: Timers;
}

/** Creates a context with the globals that need nothing of the call. */
export function createGuest(link: HostLink, work: Pick<Work, 'headers' | 'track'>): Guest {
  // Without a prototype: it would be one that outlives the call.
  const context = createContext(Object.assign(Object.create(null), NODE_GLOBALS));
  const outside = new WeakMap<object, unknown>();
  const onError: OnError = (inside, error) => outside.set(inside, error);
  const adopt = (membrane.runInContext(context) as (listener: OnError) => Adopt)(onError);
  const values = createGuestValues(context, (library) =>
    (bsonMethods.runInContext(context) as AddBsonMethods)(library),
  );
  const timers = createTimers();
  Object.assign(context, timers.functions, { fetch: createFetch(work) });
  (lazyGlobals.runInContext(context) as DefineLazily)({
    BSON: () => createBsonGlobal({ adopt, bson: values.library() }),
    EJSON: () => values.library().EJSON,
    console: () => adopt(createConsole(link)),
    utils: () => adopt({ crypto: createCryptoUtils(values), jwt: createJwtUtils() }),
  });
  return {
    context,
    values,
    adopt,
    outsideOf: (error) =>
      typeof error === 'object' && error !== null ? outside.get(error) : undefined,
    timers,
  };
}
