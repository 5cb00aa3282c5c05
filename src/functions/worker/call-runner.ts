/** Runs calls, each in a context of its own that nothing outlives. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { constants, Script } from 'node:vm';
import { SOURCE_PARAMETERS, SOURCE_SUFFIX } from '../app/app-definition.ts';
import type { CallPayload, SetupMessage } from '../messages.ts';
import type { CallEnd, ThrownError } from '../process-messages.ts';
import { createContextObject } from './api/context-object.ts';
import { createReturnedCursors, type ReturnedCursors } from './api/cursor.ts';
import { createEndpointResponse } from './api/endpoint-response.ts';
import { createGuest, type Guest } from './guest.ts';
import { type HostChannel, HostFailure, type HostLink } from './host-link.ts';
import { createWork, drain, type Work } from './work.ts';

const MAX_MESSAGE_LENGTH = 1000;
const PREFIX = `(function (${SOURCE_PARAMETERS.join(', ')}) {`;

/** Hears of a call. */
export interface CallListener {
  /** Its result is there. */
  ended(end: CallEnd): void;
  /** Then this is still under way, and waited for. */
  draining(underWay: readonly string[]): void;
}

interface CallParts {
  readonly guest: Guest;
  readonly link: HostLink;
  readonly work: Work;
  readonly cursors: ReturnedCursors;
}

/** Finds a function by name and gives it the `context` that is its own. */
type FindFunction = (name: string) => ((...args: readonly unknown[]) => unknown) | undefined;

/** Creates the runner of an app's functions, one call after another. `guard` gives the `require` that they get in place of the real one. */
export function createCallRunner(
  setup: SetupMessage,
  channel: HostChannel,
  guard = (packages: NodeJS.Require) => packages,
) {
  const scriptOf = createScripts(setup.directory);
  const sources = new Map(setup.functions.map((definition) => [definition.name, definition]));
  const packages = guard(createRequire(join(setup.directory, 'functions.js')));

  /** Evaluates each function once a call, like a module. */
  function createFinder(parts: CallParts, payload: CallPayload): FindFunction {
    const found = new Map<string, (...args: readonly unknown[]) => unknown>();
    const find: FindFunction = (name) => {
      const definition = sources.get(name);
      if (definition === undefined) return undefined;
      const known = found.get(name);
      if (known !== undefined) return known;
      const isSystem = payload.isSystem || definition.runAsSystem;
      const context = createContextObject({ ...parts, payload, setup, find, isSystem });
      const load = scriptOf(name, definition.source).runInContext(
        parts.guest.context,
      ) as LoadSource;
      const loaded = evaluate(load, name, packages, context);
      found.set(name, loaded);
      return loaded;
    };
    return find;
  }

  function open(): CallParts {
    const work = createWork();
    const link = channel.open(work);
    return { work, link, guest: createGuest(link, work), cursors: createReturnedCursors() };
  }

  async function evaluateCall(name: string, bytes: Uint8Array, parts: CallParts): Promise<CallEnd> {
    const { cursors, guest, work } = parts;
    try {
      const payload = guest.values.read(bytes) as CallPayload;
      for (const [header, value] of Object.entries(payload.traceHeaders ?? {})) {
        work.headers.set(header, value);
      }
      const run = createFinder(parts, payload)(name);
      if (run === undefined) throw new Error(`The function "${name}" is not known here`);
      const response = payload.isEndpoint ? createEndpointResponse(guest.values) : null;
      const more = response === null ? [] : [guest.adopt(response.methods)];
      const result = await run(...payload.args, ...more);
      const ended = () => (response === null ? result : { result, ...response.described() });
      const value = await cursors.write(() => encodeResult(guest, ended()));
      return { type: 'returned', value };
    } catch (error) {
      return { type: 'failed', error: describeThrown(error, guest) };
    }
  }

  function close({ guest, link }: CallParts): void {
    guest.timers.clear();
    link.close();
  }

  return {
    /** Does what the first call would have to wait for. */
    warmUp() {
      const parts = open();
      parts.guest.values.library();
      close(parts);
    },

    /** Never rejects; resolves when nothing of the call is under way. `payload` is the BSON of a `CallPayload`. */
    async run(name: string, payload: Uint8Array, listener: CallListener) {
      const parts = open();
      listener.ended(await evaluateCall(name, payload, parts));
      await drain({ work: parts.work, timers: parts.guest.timers }, listener.draining);
      close(parts);
    },
  };
}

/** Compiles each function once. */
function createScripts(directory: string): (name: string, source: string) => Script {
  const scripts = new Map<string, Script>();
  return (name, source) => {
    const known = scripts.get(name);
    if (known !== undefined) return known;
    const script = new Script(`${PREFIX}${source}${SOURCE_SUFFIX}})`, {
      // An absolute path, from which `import()` resolves packages as `require` does.
      filename: join(directory, `${name}.js`),
      columnOffset: -PREFIX.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    scripts.set(name, script);
    return script;
  };
}

type LoadSource = (
  exports: unknown,
  module: { readonly exports: unknown },
  require: NodeJS.Require,
  context: unknown,
) => readonly [exports: unknown, moduleExports: unknown];

/** What a file exports: `exports = …`, as App Services has it, or `module.exports = …`. */
function evaluate(
  load: LoadSource,
  name: string,
  packages: NodeJS.Require,
  context: unknown,
): (...args: readonly unknown[]) => unknown {
  const initial = {};
  const exported = load(initial, { exports: initial }, packages, context);
  const main = [...exported, ...exported.map(defaultOf)].find(
    (value) => typeof value === 'function',
  );
  if (main === undefined) throw new TypeError(`"${name}" does not export a function`);
  return main as (...args: readonly unknown[]) => unknown;
}

/** What `export default` leaves of a module. */
function defaultOf(exported: unknown): unknown {
  return typeof exported === 'object' && exported !== null && 'default' in exported
    ? exported.default
    : undefined;
}

function encodeResult(guest: Guest, result: unknown): Uint8Array {
  try {
    return guest.values.encode(result);
  } catch (error) {
    const why = messageOf(error) ?? 'it is no BSON value';
    throw new TypeError(`The result cannot be returned: ${why}`);
  }
}

/** What is said about a thrown value, which may be anything. */
function describeThrown(thrown: unknown, guest: Guest): ThrownError {
  const outside = thrown instanceof HostFailure ? thrown : guest.outsideOf(thrown);
  const stack = isNativeError(thrown)
    ? Object.getOwnPropertyDescriptor(thrown, 'stack')?.value
    : '';
  return {
    message: describeMessage(thrown).slice(0, MAX_MESSAGE_LENGTH),
    ...(typeof stack === 'string' && stack !== '' ? { stack } : {}),
    ...(outside instanceof HostFailure ? { hostError: outside.id } : {}),
  };
}

function describeMessage(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  try {
    const message = messageOf(thrown);
    if (message === null) return JSON.stringify(thrown) ?? 'an object';
    const { name } = thrown as { readonly name?: unknown };
    return typeof name === 'string' && name !== 'Error' ? `${name}: ${message}` : message;
  } catch {
    // Any member of it may be a getter that throws.
    return 'an object';
  }
}

function messageOf(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return null;
  return typeof thrown.message === 'string' ? thrown.message : null;
}
