/**
 * Lets the workers of a gateway that stops close one after the other. What the primary has taken goes to those
 * that still listen, so that the last one gets what the others turned away.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A worker that does not come to an end holds the next one up for so long. */
const PATIENCE_MILLISECONDS = 1000;

/** Creates a turnstile; `answer` tells a worker that what had arrived is on its way to it. */
export function createTurnstile<Worker>(
  answer: (worker: Worker) => void,
  patience = PATIENCE_MILLISECONDS,
) {
  const waiting: Worker[] = [];
  let current: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function settle(worker: Worker): Promise<void> {
    // In the first turn connections are taken from the system, in the second they are handed on.
    await nextTurn();
    await nextTurn();
    answer(worker);
  }

  function admit(worker: Worker): void {
    current = worker;
    timer = setTimeout(() => leave(worker), patience).unref();
    void settle(worker);
  }

  /** The worker takes no more connections, or is gone. */
  function leave(worker: Worker): void {
    const place = waiting.indexOf(worker);
    if (place >= 0) waiting.splice(place, 1);
    if (current !== worker) return;
    clearTimeout(timer);
    current = undefined;
    const next = waiting.shift();
    if (next !== undefined) admit(next);
  }

  return {
    leave,
    /** The worker wants to know what is on its way. */
    ask(worker: Worker): void {
      if (current === undefined) admit(worker);
      else if (current === worker) void settle(worker);
      else waiting.push(worker);
    },
  };
}
