/** Who is subscribed: by user, and never more than there are places for. */
import { GatewayError } from '../../errors.ts';
import { createSubscriber, type Subscribed, type Subscriber } from './subscriber.ts';

/** How many may be subscribed at once. */
export interface PlaceLimits {
  readonly perUser: number;
  /** In this process. */
  readonly most: number;
}

/** A user somebody is subscribed for. */
export interface ListeningUser {
  readonly userId: string;
  readonly subscribers: Set<Subscriber>;
  /** Read and told right now; `isStale`: and once more after that. */
  checking: Promise<void> | undefined;
  isStale: boolean;
  /** Revisions of other documents of theirs, which old data may hold, at the last look; `null`: it has to be told anew. */
  others: ReadonlySet<string> | null;
}

/** The places. */
export type Places = ReturnType<typeof createPlaces>;

/** A place may be free by then: clients that went away are noticed within this many seconds. */
const RETRY_SECONDS = 30;

const NONE: ReadonlySet<string> = new Set();

/** Creates the places, which are all free. */
export function createPlaces({ most, perUser }: PlaceLimits) {
  const users = new Map<string, ListeningUser>();
  let taken = 0;

  function assertRoom(found: ListeningUser | undefined): void {
    if (taken < most && (found?.subscribers.size ?? 0) < perUser) return;
    throw tooMany('subscriptions');
  }

  return {
    users: users as ReadonlyMap<string, ListeningUser>,
    /** How many are taken. */
    taken: () => taken,
    /** Takes a place, which is given back when the subscriber is over. Fails with `RATE_LIMITED`. */
    take(subscribed: Subscribed, revision: string | null): Subscriber {
      const { userId } = subscribed;
      const found = users.get(userId);
      assertRoom(found);
      const user = found ?? createUser(userId);
      const subscriber = createSubscriber({
        subscribed,
        revision,
        onEnd() {
          taken -= 1;
          user.subscribers.delete(subscriber);
          if (user.subscribers.size === 0) users.delete(userId);
        },
      });
      users.set(userId, user);
      user.subscribers.add(subscriber);
      taken += 1;
      return subscriber;
    },
  };
}

/** There are too many of something that clients hold on to. */
export function tooMany(what: string): GatewayError<'RATE_LIMITED'> {
  const message = `Too many ${what}, try again later`;
  return new GatewayError('RATE_LIMITED', { retryAfterSeconds: RETRY_SECONDS }, { message });
}

function createUser(userId: string): ListeningUser {
  return { userId, subscribers: new Set(), checking: undefined, isStale: false, others: NONE };
}
