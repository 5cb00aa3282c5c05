/** The look for changes that others have made: a comparison of revisions, batch by batch. */
import type { FoundRevision } from '../../custom-data/read-revisions.ts';
import type { ListeningUser } from './places.ts';

/** Shows the documents of these users, as `CustomData.readRevisions` does. */
export type ReadRevisions = (
  userIds: readonly string[],
  onFound: (found: FoundRevision) => void,
) => Promise<void>;

/** Users of one operation. */
const BATCH = 500;

/**
 * Finds the users whose documents may be other than their subscribers have heard. Who has one document is told by its
 * revision; who has several, by whether any of those has changed since the last look.
 */
export async function look(
  users: ReadonlyMap<string, ListeningUser>,
  readRevisions: ReadRevisions,
): Promise<ListeningUser[]> {
  const all = [...users.values()];
  const changed: ListeningUser[] = [];
  for (let start = 0; start < all.length; start += BATCH) {
    changed.push(...(await lookAt(all.slice(start, start + BATCH), readRevisions)));
  }
  return changed;
}

async function lookAt(
  batch: readonly ListeningUser[],
  readRevisions: ReadRevisions,
): Promise<ListeningUser[]> {
  /** By the revision that somebody who listens has heard of last. */
  const heard = new Map<string, ListeningUser>();
  for (const user of batch) {
    for (const subscriber of user.subscribers) {
      const revision = subscriber.newest();
      if (revision !== null) heard.set(revision, user);
    }
  }
  const found = new Set<string>();
  const others = new Map<string, Set<string>>();
  const ids = batch.map(({ userId }) => userId);
  await readRevisions(ids, ({ revision, userId }) => {
    if (heard.has(revision)) found.add(revision);
    else addTo(others, userId() ?? '', revision);
  });
  return batch.filter((user) => {
    const unheard = others.get(user.userId) ?? NONE;
    const isChanged = !isSame(unheard, user.others) || isMissing(user, found);
    user.others = unheard;
    return isChanged;
  });
}

/** Whether a subscriber has heard of a document last that is not there. */
function isMissing({ subscribers }: ListeningUser, found: ReadonlySet<string>): boolean {
  for (const subscriber of subscribers) {
    const revision = subscriber.newest();
    if (revision !== null && !found.has(revision)) return true;
  }
  return false;
}

const NONE: ReadonlySet<string> = new Set();

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string> | null): boolean {
  return left.size === right?.size && [...left].every((value) => right.has(value));
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
