/** The real `realm-web` package as an app in the field would use it, with every request recorded. */
import { App, Credentials } from 'realm-web';

/** A request of the client and how it was answered. */
export interface RecordedRequest {
  readonly method: string;
  /** Path without the prefix of the protocol, with its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
}

/** An app and a look over its shoulder. */
export interface RealmClient {
  readonly app: App;
  /** The requests since the last call. */
  readonly takeRequests: () => RecordedRequest[];
  /** Storage of the "browser": several apps may share one. */
  readonly storage: Map<string, string>;
}

export { Credentials };

/** No use of the client under test needs more at once: beyond it, it is looping. */
const REQUEST_LIMIT = 20;
const PREFIX = /^.*\/api\/client\/v2\.0/;

/** Creates an app of the gateway at `baseUrl`. */
export function createRealmClient(
  baseUrl: string,
  {
    storage = new Map<string, string>(),
    id = 'myapp-abcde',
    send = fetch,
  }: { storage?: Map<string, string>; id?: string; send?: typeof fetch } = {},
): RealmClient {
  let requests: RecordedRequest[] = [];
  const recordingFetch = async (url: string, init: RequestInit = {}) => {
    if (requests.length >= REQUEST_LIMIT) throw new Error('realm-web is looping');
    const response = await send(url, init);
    requests.push({
      method: init.method ?? 'GET',
      path: url.replace(PREFIX, ''),
      status: response.status,
      contentType: response.headers.get('content-type'),
    });
    return response;
  };
  const app = new App({
    id,
    baseUrl,
    storage: createStorage(storage, ''),
    // Its types are of the DOM; these are of Node.
    fetch: recordingFetch as never,
  });
  return {
    app,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    storage,
  };
}

interface ClientStorage {
  get(key: string): string | null;
  set(key: string, value: string | null): void;
  remove(key: string): void;
  prefix(part: string): ClientStorage;
  clear(prefix?: string): void;
  addListener(): void;
  removeListener(): void;
}

function createStorage(values: Map<string, string>, path: string): ClientStorage {
  return {
    get: (key) => values.get(path + key) ?? null,
    set: (key, value) => {
      // As localStorage does: everything becomes text.
      values.set(path + key, String(value));
    },
    remove: (key) => {
      values.delete(path + key);
    },
    prefix: (part) => createStorage(values, `${path}${part}:`),
    clear: (prefix = '') => {
      for (const key of values.keys()) if (key.startsWith(path + prefix)) values.delete(key);
    },
    addListener: () => undefined,
    removeListener: () => undefined,
  };
}
