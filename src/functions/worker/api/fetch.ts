/** `fetch`, whose requests a call is not over before. */
import type { Work } from '../work.ts';

/** How the body of an answer is read. */
const READERS = ['arrayBuffer', 'blob', 'formData', 'json', 'text'] as const;

/** Creates the `fetch` of one call. */
export function createFetch(work: Pick<Work, 'headers' | 'track'>): typeof fetch {
  return async (...args) => {
    const response = await work.track('fetch', send(args, work.headers));
    for (const name of READERS) {
      const read = response[name].bind(response) as () => Promise<unknown>;
      Object.defineProperty(response, name, {
        value: () => work.track('fetch', read()),
        configurable: true,
        writable: true,
      });
    }
    return response;
  };
}

/** Without headers of ours the arguments go on as they are. */
async function send(
  args: Parameters<typeof fetch>,
  headers: ReadonlyMap<string, string>,
): Promise<Response> {
  if (headers.size === 0) return fetch(...args);
  const request = new Request(...args);
  addMissing(request.headers, headers);
  return fetch(request);
}

/** Adds those that are not there. */
export function addMissing(headers: Headers, added: ReadonlyMap<string, string>): void {
  for (const [name, value] of added) if (!headers.has(name)) headers.set(name, value);
}
