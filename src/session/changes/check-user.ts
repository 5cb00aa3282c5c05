/** Reads the document of a user and tells whoever listens: the only place where something is told. */
import type { IssuedSnapshot } from '../../token/claims.ts';
import type { ListeningUser } from './places.ts';
import { revisionIn } from './subscriber.ts';

/** Checks users. */
export type UserChecks = ReturnType<typeof createUserChecks>;

/** Creates the checks. `readSnapshot` reads the document that counts. */
export function createUserChecks(readSnapshot: (userId: string) => Promise<IssuedSnapshot>) {
  let failures = 0;

  async function readAndTell(user: ListeningUser): Promise<void> {
    while (user.isStale) {
      user.isStale = false;
      try {
        const snapshot = await readSnapshot(user.userId);
        for (const subscriber of [...user.subscribers]) subscriber.offer(snapshot);
        user.others = without(user.others, revisionIn(snapshot));
      } catch (error) {
        user.others = null;
        failures += 1;
        throw error;
      }
    }
  }

  return {
    /** Reads and tells; a change during that is read and told after it. Fails with `SERVICE_UNAVAILABLE`. */
    check(user: ListeningUser): Promise<void> {
      user.isStale = true;
      user.checking ??= readAndTell(user).finally(() => {
        user.checking = undefined;
      });
      return user.checking;
    },
    /** How many have failed: what they were to tell is to be found again. */
    failures: () => failures,
  };
}

function without(
  revisions: ListeningUser['others'],
  revision: string | null,
): ListeningUser['others'] {
  if (revisions === null || revision === null || !revisions.has(revision)) return revisions;
  return new Set([...revisions].filter((each) => each !== revision));
}
