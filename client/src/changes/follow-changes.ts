/** Follows the document of whoever is logged in, by a subscription that is begun anew whenever it ends. */
import { createUnauthenticated, isUnauthenticated } from '../errors.ts';
import type { Reissued, Session } from '../types.ts';
import { type Body, type Decoding, readEvents } from './events.ts';

/** What is used of where it runs. */
interface Platform extends Decoding {
  readonly AbortController: new () => { readonly signal: unknown; abort(): void };
  readonly Math: { random(): number };
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  readonly fetch: FollowFetch;
}

/** What is used of `fetch`: its answers have a body that can be read while it comes. */
export type FollowFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string;
    // biome-ignore lint/suspicious/noExplicitAny: every platform has its own AbortSignal
    readonly signal: any;
  },
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** How changes are followed. */
export interface FollowOptions {
  /** The gateway, as the session has it. */
  readonly url: string;
  /** By default the platform's. React Native's cannot read a body while it comes. */
  readonly fetch?: FollowFetch | undefined;
  /** Told why a subscription ended, unless for its token or the connection. By default nobody is. */
  readonly onError?: ((error: { readonly code: string }) => void) | undefined;
}

const QUERY = `subscription { customDataChanged { accessToken
  user { id customData customDataRevision customDataReadAt tokenExpiresAt } } }`;
/** Milliseconds before it is tried again, at first; each failure doubles them. */
const FIRST_WAIT = 1000;
const MAX_WAIT = 60_000;

/**
 * Keeps `session.user` as the document is, whoever changes it: the session tells `DATA_CHANGED`. The result ends that.
 * One is enough for all who listen to the session; it waits while nobody is logged in.
 */
export function followChanges<Data>(session: Session<Data>, options: FollowOptions): () => void {
  const platform = globalThis as unknown as Platform;
  let isOver = false;
  let wait = FIRST_WAIT;
  /** The token that was refused last; one that is got in its place is not tried at once if it is refused, too. */
  let refused: string | undefined;
  /** Ends what is waited for: a stream, a pause, or that somebody logs in. */
  let wake: () => void = () => undefined;
  const unsubscribe = session.subscribe((event) => {
    if (event !== 'DATA_CHANGED' && event !== 'REFRESHED') wake();
  });

  const pause = (ms?: number) =>
    new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : platform.setTimeout(resolve, ms);
      wake = () => {
        platform.clearTimeout(timer);
        resolve();
      };
    });

  function hear({ data, errors }: Result): void {
    const code = errors?.[0]?.extensions?.code;
    if (code === 'UNAUTHENTICATED') throw createUnauthenticated('SESSION_ENDED');
    if (code !== undefined) options.onError?.({ code });
    if (!data?.customDataChanged) return;
    wait = FIRST_WAIT;
    refused = undefined;
    session.keepReissued(data.customDataChanged);
  }

  /** Listens until that ends; whether to begin anew at once. */
  async function listen(): Promise<boolean> {
    let token: string | null = null;
    try {
      token = await session.getAccessToken({ notThis: refused });
      if (isOver) return true;
      if (token === null) {
        await pause();
        return true;
      }
      const controller = new platform.AbortController();
      wake = () => controller.abort();
      const answer = await ask(platform, options, token, controller.signal);
      await readEvents(platform, answer, ({ data, name }) => {
        if (name === 'next') hear(JSON.parse(data));
      });
      return false;
    } catch (error) {
      const isFirst = refused === undefined;
      refused = isUnauthenticated(error) ? (token ?? undefined) : undefined;
      return refused !== undefined && isFirst;
    }
  }

  async function follow(): Promise<void> {
    await session.ready;
    while (!isOver) {
      if (await listen()) continue;
      // Not all at once, when a gateway that many listened to comes back.
      if (!isOver) await pause(wait * (0.5 + platform.Math.random() / 2));
      wait = Math.min(wait * 2, MAX_WAIT);
    }
  }

  void follow();
  return () => {
    isOver = true;
    unsubscribe();
    wake();
  };
}

/** Subscribes; the body of the answer. */
async function ask(
  platform: Platform,
  { fetch = platform.fetch, url }: FollowOptions,
  token: string,
  signal: unknown,
): Promise<Body> {
  const endpoint = url.replace(/(\/graphql)?\/?$/, '/graphql/stream');
  const answer = await fetch.call(platform, endpoint, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: QUERY }),
    signal,
  });
  if (answer.status !== 200) throw new Error(`Status ${answer.status}`);
  return answer.body as Body;
}

interface Result {
  readonly data?: { readonly customDataChanged?: Reissued } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}
