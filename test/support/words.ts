/** Subscribers as programs of today have them: their libraries, unmodified, over real sockets. */
import { createClient as createSseClient } from 'graphql-sse';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** The subscription that tests use. */
export const CHANGED = `subscription { customDataChanged {
  accessToken expiresAt user { id customData customDataRevision } } }`;

/** A word as a client hears it. */
export interface Word {
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly user: {
    readonly id: string;
    readonly customData: Readonly<Record<string, unknown>> | null;
    readonly customDataRevision: string | null;
  };
}

/** What a library passes on: a result, or what it reports as an error. */
export interface Heard {
  readonly word?: Word;
  /** `extensions` of the first error. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** What ended it, where it was no GraphQL error. */
  readonly failure?: unknown;
  readonly isComplete?: boolean;
}

/** A subscriber; what it heard comes in order. */
export interface Listener {
  /** The next that it hears. Fails after `patience` milliseconds. */
  readonly next: (patience?: number) => Promise<Heard>;
  /** What it has heard and nobody has asked for. */
  readonly heard: () => readonly Heard[];
  readonly leave: () => Promise<void>;
}

/** How a library subscribes. */
export type Listen = (url: string, token: string, query?: string) => Listener;

const PATIENCE = 15_000;

/** A queue of what is heard. */
export function createEars(leave: () => Promise<void>) {
  const heard: Heard[] = [];
  let wake: () => void = () => undefined;
  function hear(what: Heard): void {
    heard.push(what);
    wake();
  }
  return {
    hear,
    /** What a library tells of a subscription. */
    sink: {
      next: (result: Result) => hear(toHeard(result)),
      error: (failure: unknown) => hear(toFailure(failure)),
      complete: () => hear({ isComplete: true }),
    },
    listener: {
      async next(patience = PATIENCE) {
        const end = Date.now() + patience;
        while (heard.length === 0) {
          const left = end - Date.now();
          if (left <= 0) throw new Error('Nothing was heard');
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, left);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        return heard.shift() as Heard;
      },
      heard: () => heard,
      leave,
    } satisfies Listener,
  };
}

type Extensions = Readonly<Record<string, unknown>>;

/** A result, as the libraries have it. */
interface Result {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: unknown }[] | undefined;
}

/** What a result says. */
export function toHeard(result: Result): Heard {
  const [error] = result.errors ?? [];
  if (error !== undefined) return { extensions: (error.extensions as Extensions) ?? {} };
  return { word: (result.data as { readonly customDataChanged: Word }).customDataChanged };
}

/** What a library calls an error: a list of GraphQL errors, the end of a connection, or whatever else. */
function toFailure(failure: unknown): Heard {
  const [first] = Array.isArray(failure) ? (failure as { extensions?: Extensions }[]) : [];
  return first?.extensions === undefined ? { failure } : { extensions: first.extensions };
}

/** Subscribes with `graphql-ws`. */
export const listenByWebSocket: Listen = (url, token, query = CHANGED) => {
  const client = openWebSocketClient(url, token);
  const { listener, sink } = createEars(async () => client.dispose());
  client.subscribe({ query }, sink);
  return listener;
};

/** A client of `graphql-ws`, which sends its token as its documentation says. */
export function openWebSocketClient(url: string, token: string): Client {
  return createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
}

/** Subscribes with `graphql-sse`. */
export const listenBySse: Listen = (url, token, query = CHANGED) => {
  const client = createSseClient({
    url: `${url}/graphql/stream`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const { listener, sink } = createEars(async () => client.dispose());
  client.subscribe({ query }, sink);
  return listener;
};

/** By the name of the transport. */
export const TRANSPORTS: readonly (readonly [string, Listen])[] = [
  ['a WebSocket (graphql-ws)', listenByWebSocket],
  ['server-sent events (graphql-sse)', listenBySse],
];
