/** Who may begin with expensive work now: a bounded number at once, a bounded number waiting, nobody for ever. */
import { GatewayError } from './errors.ts';

const RETRY_AFTER_SECONDS = 1;

/** Who wants a turn: a user, or `null` for the gateway itself. */
type Owner = string | null;

/** Hands out turns. */
export interface Admission {
  /**
   * Waits for a turn; the result ends it. A user may hold half of the slots, the gateway itself (`null`) all of them.
   *
   * Those who wait take turns by owner, each owner's in the order in which they came: however many turns one of them
   * wants, another waits for one of them. Fails with `RATE_LIMITED` if too many wait already, or if the turn did not
   * come.
   */
  enter(owner: Owner): Promise<() => void>;
}

/** How long the queue is. */
export interface AdmissionBounds {
  /**
   * Turns that wait at most. Then a user who wants more of them than anyone else gives the last of them up to whoever
   * wants fewer.
   */
  readonly queue: number;
  /** How long one waits at most, in milliseconds. */
  readonly patience: number;
}

interface Waiting {
  readonly admit: () => void;
  readonly refuse: () => void;
}

/** Creates an admission with so many slots. With one slot only, one user may hold it. */
export function createAdmission(slots: number, { patience, queue }: AdmissionBounds): Admission {
  const running = createRunning(slots);
  const lines = createLines();

  function leave(owner: Owner): void {
    running.end(owner);
    if (!lines.has(owner)) running.forget(owner);
    const next = running.firstOf(lines.owners());
    if (next === undefined) return;
    running.begin(next);
    lines.takeFirst(next)?.admit();
  }

  /** Whether there is room in the queue for one more of the owner, if need be in another's place. */
  function makeRoom(owner: Owner): boolean {
    if (lines.length() < queue) return true;
    const longest = lines.longest();
    const own = owner === null ? 0 : lines.lengthOf(owner);
    if (longest === undefined || longest.length <= own + 1) return false;
    longest.at(-1)?.refuse();
    return true;
  }

  /** Resolves when another turn ends and this one is next; rejects when patience does. */
  function waitInLine(owner: Owner): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        admit() {
          clearTimeout(timer);
          resolve();
        },
        refuse() {
          clearTimeout(timer);
          lines.remove(owner, entry);
          if (!lines.has(owner)) running.forget(owner);
          reject(tooMany());
        },
      };
      const timer = setTimeout(entry.refuse, patience).unref();
      lines.add(owner, entry);
      running.await(owner);
    });
  }

  return {
    async enter(owner) {
      if (running.mayBegin(owner)) running.begin(owner);
      else if (makeRoom(owner)) await waitInLine(owner);
      else throw tooMany();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        leave(owner);
      };
    },
  };
}

/** The turns that run, and whose is the next one. */
function createRunning(slots: number) {
  const share = Math.max(1, Math.floor(slots / 2));
  const counts = new Map<Owner, number>();
  /** Which turn each owner had last, of those who have one or wait. */
  const latest = new Map<Owner, number>();
  let begun = 0;
  let total = 0;
  const countOf = (owner: Owner) => counts.get(owner) ?? 0;
  const mayBegin = (owner: Owner) => total < slots && (owner === null || countOf(owner) < share);

  return {
    mayBegin,
    begin(owner: Owner) {
      begun += 1;
      total += 1;
      latest.set(owner, begun);
      counts.set(owner, countOf(owner) + 1);
    },
    end(owner: Owner) {
      total -= 1;
      counts.set(owner, countOf(owner) - 1);
    },
    /** Before whoever had the latest turn, but after those who have waited since before it. */
    await(owner: Owner) {
      if (!latest.has(owner)) latest.set(owner, begun - 0.5);
    },
    /** To be told of an owner of whom nothing waits. */
    forget(owner: Owner) {
      if (countOf(owner) > 0) return;
      counts.delete(owner);
      latest.delete(owner);
    },
    /** The owner who may begin and whose latest turn is the longest ago. */
    firstOf(owners: readonly Owner[]): Owner | undefined {
      const order = (owner: Owner) => latest.get(owner) ?? 0;
      const able = owners.filter(mayBegin);
      return able.sort((left, right) => order(left) - order(right))[0];
    },
  };
}

/** Those who wait, by owner. */
function createLines() {
  const lines = new Map<Owner, Waiting[]>();
  let length = 0;

  function remove(owner: Owner, entry: Waiting): void {
    const line = lines.get(owner) ?? [];
    line.splice(line.indexOf(entry), 1);
    length -= 1;
    if (line.length === 0) lines.delete(owner);
  }

  return {
    has: (owner: Owner) => lines.has(owner),
    owners: () => [...lines.keys()],
    length: () => length,
    lengthOf: (owner: Owner) => lines.get(owner)?.length ?? 0,
    /** Of users only: what the gateway does itself is for all of them. */
    longest() {
      const users = [...lines].filter(([owner]) => owner !== null).map(([, line]) => line);
      return users.sort((left, right) => right.length - left.length)[0];
    },
    add(owner: Owner, entry: Waiting) {
      const line = lines.get(owner) ?? [];
      line.push(entry);
      lines.set(owner, line);
      length += 1;
    },
    takeFirst(owner: Owner): Waiting | undefined {
      const first = lines.get(owner)?.[0];
      if (first !== undefined) remove(owner, first);
      return first;
    },
    remove,
  };
}

function tooMany(): GatewayError<'RATE_LIMITED'> {
  return new GatewayError('RATE_LIMITED', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
