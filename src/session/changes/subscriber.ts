/** One subscriber: a slot with the newest state that was not taken yet. However much changes, it holds one. */
import { DONE } from '../../leaving-iterator.ts';
import type { IssuedSnapshot, TokenClaims } from '../../token/claims.ts';

/** Whose subscription it is, and until when their token is good. */
export type Subscribed = Pick<TokenClaims, 'userId' | 'sessionId' | 'expiresAt'>;

/** A subscriber. */
export type Subscriber = ReturnType<typeof createSubscriber>;

/** What a subscriber is made of. */
export interface SubscriberParts {
  readonly subscribed: Subscribed;
  /** Revision of the document that its client knows; `null`: that there is none. */
  readonly revision: string | null;
  /** Called once, when it is over, whoever ends it. */
  readonly onEnd: () => void;
}

/** Whoever waits for the next word. */
interface Waiting {
  readonly resolve: (result: IteratorResult<IssuedSnapshot, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Creates a subscriber. Whoever waits for its next word hears at once when it leaves: see `createLeavingIterator`.
 */
export function createSubscriber({ onEnd, revision, subscribed }: SubscriberParts) {
  let known = revision;
  let pending: IssuedSnapshot | undefined;
  let waiting: Waiting[] = [];
  /** `null`: it is over, and there is nothing to say about it. */
  let end: Error | null | undefined;

  const take = (snapshot: IssuedSnapshot): IteratorResult<IssuedSnapshot, undefined> => {
    known = revisionIn(snapshot);
    return { done: false, value: snapshot };
  };

  function finish(error: Error | null): void {
    if (end !== undefined) return;
    end = error;
    pending = undefined;
    const left = waiting;
    waiting = [];
    onEnd();
    for (const [place, { reject, resolve }] of left.entries()) {
      if (error === null || place > 0) resolve(DONE);
      else reject(error);
    }
    // It is said once.
    if (left.length > 0) end = null;
  }

  function next(): Promise<IteratorResult<IssuedSnapshot, undefined>> {
    if (end !== undefined) {
      const error = end;
      end = null;
      return error === null ? Promise.resolve(DONE) : Promise.reject(error);
    }
    if (pending === undefined) {
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    }
    const snapshot = pending;
    pending = undefined;
    return Promise.resolve(take(snapshot));
  }

  return {
    subscribed,
    /** Revision of the newest state that it has been offered or knew. */
    newest: () => (pending === undefined ? known : revisionIn(pending)),
    /** Whether it is over. */
    isOver: () => end !== undefined,
    /** Has it told of a state, unless that is what its client knows. */
    offer(snapshot: IssuedSnapshot): void {
      if (end !== undefined) return;
      if (revisionIn(snapshot) === known) {
        pending = undefined;
        return;
      }
      const first = waiting.shift();
      if (first === undefined) pending = snapshot;
      else first.resolve(take(snapshot));
    },
    /** Ends it: the next word is this error. */
    fail: (error: Error) => finish(error),
    /** Ends it without a word. */
    leave: () => finish(null),
    next,
  };
}

/** The revision that a snapshot shows; `null`: there was no document. */
export function revisionIn({ revision }: IssuedSnapshot): string | null {
  return revision ?? null;
}
