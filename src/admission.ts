/** Who may begin with expensive work now: a bounded number at once, a bounded number waiting, nobody for ever. */
import { GatewayError } from './errors.ts';

const RETRY_AFTER_SECONDS = 1;

/** Who wants a turn: a user, or `null` for the gateway itself. */
type Owner = string | null;

/** Hands out turns. */
export type Admission = ReturnType<typeof createAdmission>;

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

/** An owner who has turns, or waits for some, and the line of those that wait. */
interface Line {
  readonly owner: Owner;
  running: number;
  /** Which turn was the latest of the owner's. */
  latest: number;
  /** In the order of coming. */
  readonly waiting: Waiting[];
}

/** Creates an admission with so many slots. With one slot only, one user may hold it. */
export function createAdmission(slots: number, { patience, queue }: AdmissionBounds) {
  const share = Math.max(1, Math.floor(slots / 2));
  const lines = new Map<Owner, Line>();
  let begun = 0;
  let running = 0;

  const mayBegin = (line: Line) => running < slots && (line.owner === null || line.running < share);

  /** A new one comes before whoever had the latest turn, but after those who have waited since before it. */
  function lineOf(owner: Owner): Line {
    const line = lines.get(owner) ?? { owner, running: 0, latest: begun - 0.5, waiting: [] };
    lines.set(owner, line);
    return line;
  }

  function forgetIfIdle(line: Line): void {
    if (line.running === 0 && line.waiting.length === 0) lines.delete(line.owner);
  }

  function begin(line: Line): void {
    begun += 1;
    running += 1;
    line.running += 1;
    line.latest = begun;
  }

  /** Ends a turn; the next one is that of the owner whose latest turn is the longest ago. */
  function leave(line: Line): void {
    running -= 1;
    line.running -= 1;
    forgetIfIdle(line);
    const able = [...lines.values()].filter((each) => each.waiting.length > 0 && mayBegin(each));
    const [next] = able.sort((left, right) => left.latest - right.latest);
    if (next === undefined) return;
    begin(next);
    next.waiting[0]?.admit();
  }

  return {
    /** How many wait. */
    waiting: () => countWaiting([...lines.values()]),

    /**
     * Waits for a turn; the result ends it. A user may hold half of the slots, the gateway itself (`null`) all of them.
     *
     * Those who wait take turns by owner, each owner's in the order in which they came: however many turns one of them
     * wants, another waits for one of them. Fails with `RATE_LIMITED` if too many wait already, or if the turn did not
     * come.
     */
    async enter(owner: Owner): Promise<() => void> {
      const line = lineOf(owner);
      try {
        if (mayBegin(line)) begin(line);
        else if (makeRoom([...lines.values()], line, queue)) await waitInLine(line, patience);
        else throw tooMany();
      } catch (error) {
        forgetIfIdle(line);
        throw error;
      }
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        leave(line);
      };
    },
  };
}

function countWaiting(lines: readonly Line[]): number {
  return lines.reduce((sum, each) => sum + each.waiting.length, 0);
}

/** Whether there is room in the queue for one more in the line, if need be in another's place. */
function makeRoom(lines: readonly Line[], { owner, waiting }: Line, queue: number): boolean {
  if (countWaiting(lines) < queue) return true;
  // Of users only: what the gateway does itself is for all of them.
  const users = lines.filter((each) => each.owner !== null).map((each) => each.waiting);
  const [longest] = users.sort((left, right) => right.length - left.length);
  const wanted = owner === null ? 0 : waiting.length;
  if (longest === undefined || longest.length <= wanted + 1) return false;
  longest.at(-1)?.refuse();
  return true;
}

/** Resolves when another turn ends and this one is next; rejects when patience does. */
function waitInLine({ waiting }: Line, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      waiting.splice(waiting.indexOf(entry), 1);
      settle();
    };
    const entry: Waiting = { admit: end(resolve), refuse: end(() => reject(tooMany())) };
    const timer = setTimeout(entry.refuse, patience).unref();
    waiting.push(entry);
  });
}

function tooMany(): GatewayError<'RATE_LIMITED'> {
  return new GatewayError('RATE_LIMITED', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
