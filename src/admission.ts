/** Who may begin with expensive work now: a bounded number at once, a bounded number waiting, nobody for ever. */
import { GatewayError } from './errors.ts';

/** Turns of one owner that wait, for each slot that is theirs. */
const OWN_QUEUE_FACTOR = 2;
const QUEUE_FACTOR = 16;
const RETRY_AFTER_SECONDS = 1;

/** Hands out turns. */
export interface Admission {
  /**
   * Waits for a turn; the result ends it. `owner` is the user, or `null` for the gateway itself, which
   * may use every slot. Fails with `RATE_LIMITED` if too many wait already, or if the turn did not come.
   */
  enter(owner: string | null): Promise<() => void>;
}

/** How long the queue is. */
export interface AdmissionBounds {
  /** Turns that wait at most; sixteen for each slot unless given. */
  readonly queue?: number;
  /** How long one waits at most, in milliseconds; absent: as long as it takes. */
  readonly patience?: number;
}

interface Waiting {
  readonly owner: string | null;
  readonly admit: () => void;
}

/** Creates an admission with so many slots. With one slot only, one user may hold it. */
export function createAdmission(slots: number, bounds: AdmissionBounds = {}): Admission {
  const { queue = slots * QUEUE_FACTOR, patience } = bounds;
  const share = Math.max(1, Math.floor(slots / 2));
  const running = new Map<string | null, number>();
  const waiting: Waiting[] = [];
  let total = 0;

  const runningOf = (owner: string | null) => running.get(owner) ?? 0;
  const mayRun = (owner: string | null) =>
    total < slots && (owner === null || runningOf(owner) < share);

  function leave(owner: string | null): void {
    total -= 1;
    const left = runningOf(owner) - 1;
    if (left === 0) running.delete(owner);
    else running.set(owner, left);
    const next = waiting.findIndex((entry) => mayRun(entry.owner));
    const [admitted] = next === -1 ? [] : waiting.splice(next, 1);
    if (admitted === undefined) return;
    begin(admitted.owner);
    admitted.admit();
  }

  function begin(owner: string | null): void {
    total += 1;
    running.set(owner, runningOf(owner) + 1);
  }

  function turnOf(owner: string | null): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      leave(owner);
    };
  }

  /** Resolves when another turn ends and this one is next; rejects when patience does. */
  function waitInLine(owner: string | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(tooMany());
      };
      const timer = patience === undefined ? undefined : setTimeout(giveUp, patience);
      const entry: Waiting = {
        owner,
        admit() {
          clearTimeout(timer);
          resolve();
        },
      };
      waiting.push(entry);
    });
  }

  return {
    async enter(owner) {
      if (mayRun(owner)) {
        begin(owner);
        return turnOf(owner);
      }
      const own = owner === null ? 0 : waiting.filter((entry) => entry.owner === owner).length;
      if (waiting.length >= queue || own >= share * OWN_QUEUE_FACTOR) throw tooMany();
      await waitInLine(owner);
      return turnOf(owner);
    },
  };
}

function tooMany(): GatewayError<'RATE_LIMITED'> {
  return new GatewayError('RATE_LIMITED', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
