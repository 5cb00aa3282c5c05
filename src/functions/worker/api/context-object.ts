/** `context`: who calls, and what a function can reach. */
import type { CallPayload, SetupMessage } from '../../messages.ts';
import type { Guest } from '../guest.ts';
import type { HostLink } from '../host-link.ts';
import type { Work } from '../work.ts';
import type { ReturnedCursors } from './cursor.ts';
import { createHttp } from './http.ts';
import { createMongoService } from './mongo-service.ts';

/** What a `context` is made of. */
export interface ContextParts {
  readonly guest: Guest;
  readonly link: HostLink;
  readonly work: Pick<Work, 'headers' | 'track'>;
  readonly cursors: Pick<ReturnedCursors, 'meet'>;
  readonly payload: CallPayload;
  readonly setup: SetupMessage;
  /** Another function of the app. */
  readonly find: (name: string) => ((...args: readonly unknown[]) => unknown) | undefined;
  readonly isSystem: boolean;
}

/** Creates the `context` of one function within one call. */
export function createContextObject(parts: ContextParts): unknown {
  const { guest, isSystem, link, payload, setup, work, cursors } = parts;
  const { request, user } = payload;
  return guest.adopt({
    user,
    request,
    app: setup.app,
    environment: setup.environment,
    values: {
      get: (name: unknown) => {
        const isKnown = typeof name === 'string' && Object.hasOwn(setup.values, name);
        return isKnown ? structuredClone(setup.values[name]) : undefined;
      },
    },
    services: {
      get: (name: unknown) => {
        const { dataSources } = setup;
        if (dataSources.includes(String(name))) {
          return createMongoService({ values: guest.values, cursors, isSystem, link });
        }
        const known = dataSources.map((each) => `"${each}"`).join(', ');
        throw new Error(`There is no service "${String(name)}", only ${known}`);
      },
    },
    functions: { execute: createExecute(parts) },
    http: createHttp(guest.values, work),
    runningAsSystem: () => isSystem,
  });
}

/** Calls a function of the app as a plain call, so that one that is not `async` need not be awaited. */
function createExecute({ find, guest, link, payload }: ContextParts) {
  return (name: unknown, ...args: unknown[]): unknown => {
    const called = find(String(name));
    if (called !== undefined) return called(...args);
    if (!payload.hasBuiltIns) throw new Error(`function not found: '${String(name)}'`);
    const bytes = guest.values.encode(args);
    return link
      .request({ type: 'builtIn', name: String(name), args: bytes })
      .then(guest.values.read);
  };
}
