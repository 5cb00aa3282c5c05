/** The session of the page: the client package, with what this browser tab keeps as its storage. */
import {
  createSession,
  type Reissued,
  type Session,
  type SessionStatus,
  type User,
} from 'custom-user-data-client';
import { followChanges } from 'custom-user-data-client/changes';
import { decodeClaims } from './claims.ts';
import { keep, readKept } from './kept.ts';
import type { Reach } from './reach.ts';
import { createStore, type Store } from './store.ts';

/** Who is logged in, as far as a page shows it. */
export interface Who {
  readonly status: SessionStatus;
  readonly user: User | null;
  /** The access token, which may have expired; `null` if nobody is logged in, or none has been had yet. */
  readonly token: string | null;
  /** Whether it was pasted: then there is no session to refresh or to write with. */
  readonly isPasted: boolean;
  /** Whether the gateway has ended the session, so that whoever looks is told. */
  readonly hasEnded: boolean;
}

/** A session, and a store that follows it. */
export interface PageSession {
  readonly session: Session;
  readonly who: Store<Who>;
  /** The token of a request, another one than `notThis`; `null`: it goes without one. Rejects as the session does. */
  readonly getToken: (notThis?: string) => Promise<string | null>;
  /** Takes a token from elsewhere instead of the session's, until it is `null`. Whether it looks like one. */
  readonly paste: (token: string | null) => boolean;
  /** Takes a token in place of the one that it was reissued for. */
  readonly keepReissued: (reissued: Reissued) => Promise<void>;
  /** Whether changes of the document are followed: each brings a token that shows it. */
  readonly following: Store<boolean>;
}

const PASTED_KEY = 'pasted';
/** Longer ones are refused by every gateway. */
const MAX_TOKEN = 80_000;

const isText = (value: unknown): value is string => typeof value === 'string';

/** Opens it: after a reload the user of before is there at once. */
export function openSession(url: string, { fetch }: Pick<Reach, 'fetch'>): PageSession {
  const session = createSession({ url, storage: sessionStorage, key: 'session', fetch });
  let pasted = readKept(PASTED_KEY, isText);
  const look = (token: string | null, hasEnded: boolean): Who => ({
    status: session.status,
    user: session.user,
    token,
    isPasted: pasted !== null,
    hasEnded,
  });
  const who = createStore(look(pasted, false));

  async function follow(hasEnded = false): Promise<void> {
    // What can be shown is shown while the token is on its way.
    who.update(({ token }) => look(pasted ?? (session.user === null ? null : token), hasEnded));
    if (pasted !== null) return;
    try {
      const token = await session.getAccessToken();
      if (pasted === null) who.set(look(token, hasEnded));
    } catch {
      // None is to be had now: the one of before is still what can be looked at.
    }
  }
  function setPasted(token: string | null): void {
    pasted = token;
    keep(PASTED_KEY, token);
  }
  session.subscribe((event) => {
    void follow(event === 'ENDED');
  });
  void follow();
  const following = createStore(false);
  let unfollow: () => void = () => undefined;
  following.subscribe((isOn) => {
    unfollow();
    unfollow = isOn ? followChanges(session, { url, fetch }) : () => undefined;
  });
  return {
    session,
    following,
    who,
    getToken: async (notThis) => pasted ?? session.getAccessToken({ notThis }),
    async keepReissued(reissued) {
      if (pasted === null) await session.keepReissued(reissued);
      else setPasted(reissued.accessToken);
      await follow();
    },
    paste(token) {
      if (token !== null && (token.length > MAX_TOKEN || decodeClaims(token) === null))
        return false;
      setPasted(token);
      void follow();
      return true;
    },
  };
}
