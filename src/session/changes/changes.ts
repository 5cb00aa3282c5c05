/**
 * Tells subscribers that their document has changed, whoever changed it.
 *
 * What this process changes it looks at at once; what others do it finds by a look a second, one operation for all
 * users of a batch. Either only says whose document to read: what is told is what was read then, and whether it is
 * told is decided by its revision. So a look that comes late, or twice, says nothing wrong.
 */
import type { CustomData } from '../../custom-data/custom-data.ts';
import type { Deadline } from '../../deadline.ts';
import { unauthenticated } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { createUserChecks, type UserChecks } from './check-user.ts';
import { look } from './look.ts';
import { createLookout } from './lookout.ts';
import { createPlaces, type PlaceLimits, type Places } from './places.ts';
import { endEnded } from './session-look.ts';
import type { Subscribed, Subscriber } from './subscriber.ts';

/** Tells of changes. */
export type Changes = ReturnType<typeof createChanges>;

/** What telling takes. */
export interface ChangesParts {
  readonly limits: PlaceLimits;
  /** The users' documents until a deadline. */
  readonly documents: (deadline: Deadline) => Pick<CustomData, 'readRevisions' | 'readSnapshot'>;
  /** The ids of those sessions of these that have not ended. */
  readonly activeSessions: (
    sessionIds: readonly string[],
    deadline: Deadline,
  ) => Promise<ReadonlySet<string>>;
  readonly openDeadline: () => Deadline;
  /** Another value after each change of the store; `null`: it does not tell. */
  readonly changeMark: () => number | null;
  readonly log: Pick<Log, 'warn' | 'info'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Sessions are looked at with every second look. */
const SESSION_LOOKS = 2;
/** How long what asks for a look waits for more of its kind, in milliseconds. */
const SOON_MILLISECONDS = 100;
/** Documents that are read at once after a look. */
const AT_ONCE = 10;
const MILLISECONDS_PER_SECOND = 1000;

/** Creates what tells; nobody is subscribed. */
export function createChanges(parts: ChangesParts) {
  const { changeMark, documents, log, now, openDeadline } = parts;
  const places = createPlaces(parts.limits);
  const { check, failures } = createUserChecks((userId) =>
    documents(openDeadline()).readSnapshot(userId),
  );
  const lookout = createLookout({
    all: [
      { every: 1, run: () => lookAtDocuments(parts, places, check) },
      { every: SESSION_LOOKS, run: () => lookAtSessions(parts, places) },
    ],
    isNeeded: () => places.taken() > 0,
    first: () => endExpired(places, now()),
    ...{ changeMark, failures, log },
  });
  let soon: NodeJS.Timeout | undefined;

  return {
    /** How many are subscribed. */
    subscribed: places.taken,

    /**
     * Takes a place for somebody whose token shows `revision`. Its first word is what is stored, if that is another
     * one: to be asked for with `check`. Fails with `RATE_LIMITED`.
     */
    open(subscribed: Subscribed, revision: string | null): Subscriber {
      const subscriber = places.take(subscribed, revision);
      lookout.start();
      return subscriber;
    },

    /** Reads the document of a subscriber and tells of it. Fails with `SERVICE_UNAVAILABLE`. */
    async check({ subscribed }: Subscriber): Promise<void> {
      const user = places.users.get(subscribed.userId);
      if (user !== undefined) await check(user);
    },

    /** To be called when this process has changed a user's document. If nobody listens it costs one look-up. */
    noteChange(userId: string): void {
      const user = places.users.get(userId);
      // What fails is found by the next look.
      if (user !== undefined) check(user).catch(() => undefined);
    },

    /** To be called when this process may have changed anybody's document. */
    noteChanges(): void {
      if (places.taken() === 0) return;
      soon ??= setTimeout(() => {
        soon = undefined;
        void lookout.run();
      }, SOON_MILLISECONDS).unref();
    },

    /** Looks now, or waits for the look that runs. */
    look: lookout.run,

    /** Looks no more. */
    async close(): Promise<void> {
      clearTimeout(soon);
      await lookout.stop();
    },
  };
}

async function lookAtDocuments(
  { documents, openDeadline }: ChangesParts,
  { users }: Places,
  check: UserChecks['check'],
): Promise<void> {
  const changed = await look(users, (ids, onFound) =>
    documents(openDeadline()).readRevisions(ids, onFound),
  );
  for (let start = 0; start < changed.length; start += AT_ONCE) {
    await Promise.all(changed.slice(start, start + AT_ONCE).map(check));
  }
}

function lookAtSessions({ activeSessions, openDeadline }: ChangesParts, { users }: Places) {
  return endEnded(users, (ids) => activeSessions(ids, openDeadline()));
}

/** A token is good until the second that it names. */
function endExpired({ users }: Places, now: number): void {
  const seconds = now / MILLISECONDS_PER_SECOND;
  for (const { subscribers } of users.values()) {
    for (const subscriber of [...subscribers]) {
      if (subscriber.subscribed.expiresAt > seconds) continue;
      subscriber.fail(unauthenticated('TOKEN_EXPIRED'));
    }
  }
}
