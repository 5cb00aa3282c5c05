/** `fetch`, whose requests a call is not over before. */
import type { Work } from '../work.ts';

/** How the body of an answer is read. */
const READERS = ['arrayBuffer', 'blob', 'formData', 'json', 'text'] as const;

/** Creates the `fetch` of one call. */
export function createFetch(work: Pick<Work, 'track'>): typeof fetch {
  return async (...args) => {
    const response = await work.track('fetch', fetch(...args));
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
