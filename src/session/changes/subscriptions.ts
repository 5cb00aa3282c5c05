/** The use case: a caller is told of changes of their document, each time with a reissued token. */
import { createLeavingIterator, type LeavingIterator } from '../../leaving-iterator.ts';
import type { AccessClaims } from '../../token/claims.ts';
import type { Issuer, ReissuedToken } from '../issuer.ts';
import type { SessionRecords } from '../session-records.ts';
import type { Changes } from './changes.ts';
import type { Subscriber } from './subscriber.ts';

/** Words of changes, as graphql-js takes them. */
export type Words = LeavingIterator<ReissuedToken>;

/** Subscribes callers. */
export type Subscriptions = ReturnType<typeof createSubscriptions>;

/** What subscribing takes. */
export interface SubscriptionParts {
  readonly changes: Pick<Changes, 'open' | 'check'>;
  readonly issuer: Pick<Issuer, 'reissue'>;
  readonly records: Pick<SessionRecords, 'requireActive'>;
}

/** Creates the use case. */
export function createSubscriptions({ changes, issuer, records }: SubscriptionParts) {
  return {
    /**
     * Words of changes for a caller: of one that was between their token and this at once, then of each that comes.
     * The tokens have the `exp` and `sid` of the caller's. Fails with `UNAUTHENTICATED` if the session has ended and
     * with `RATE_LIMITED`; the words end with `UNAUTHENTICATED` when the token expires or the session ends.
     */
    async customDataChanged(caller: AccessClaims): Promise<Words> {
      const { expiresAt, sessionId, userId, customData } = caller;
      const subscribed = { userId, sessionId, expiresAt };
      const subscriber = changes.open(subscribed, customData.revision ?? null);
      try {
        await Promise.all([records.requireActive(sessionId, userId), changes.check(subscriber)]);
      } catch (error) {
        subscriber.leave();
        throw error;
      }
      return toWords(subscriber, issuer);
    },
  };
}

/** A word that cannot be signed ends them: who subscribes again is told of the same. */
function toWords(subscriber: Subscriber, issuer: Pick<Issuer, 'reissue'>): Words {
  return createLeavingIterator<ReissuedToken>({
    async next() {
      const word = await subscriber.next();
      if (word.done === true) return word;
      try {
        return { value: await issuer.reissue(subscriber.subscribed, word.value) };
      } catch (error) {
        subscriber.leave();
        throw error;
      }
    },
    leave: subscriber.leave,
  });
}
