/** Who may run a function now: a bounded number at once, and no user more than half of it. */
import { GatewayError } from '../../errors.ts';

/** Calls that wait, for each that may run. */
const QUEUE_FACTOR = 16;
/** Calls of one user that wait, for each that may run. */
const OWN_QUEUE_FACTOR = 2;
const RETRY_AFTER_SECONDS = 1;

/** Hands out turns. */
export interface Admission {
  /**
   * Waits for a turn; the result ends it. `owner` is the user, or `null` for the gateway itself, which
   * may use every slot. Fails with `RATE_LIMITED` if too many wait already.
   */
  enter(owner: string | null): Promise<() => void>;
}

interface Waiting {
  readonly owner: string | null;
  readonly admit: () => void;
}

/** Creates an admission with so many slots. With one slot only, one user may hold it. */
export function createAdmission(slots: number): Admission {
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

  return {
    async enter(owner) {
      if (mayRun(owner)) {
        begin(owner);
        return turnOf(owner);
      }
      const own = owner === null ? 0 : waiting.filter((entry) => entry.owner === owner).length;
      if (waiting.length >= slots * QUEUE_FACTOR || own >= share * OWN_QUEUE_FACTOR) {
        throw new GatewayError('RATE_LIMITED', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      await new Promise<void>((resolve) => {
        waiting.push({ owner, admit: resolve });
      });
      return turnOf(owner);
    },
  };
}
