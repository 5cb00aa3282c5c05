/** Which operations on the store wait for each other, and which run at the same time. */
import type { BeforeOperation } from './store-steps.ts';

/** Long enough for everything that begins at once to have begun. */
const ROUND_MILLISECONDS = 50;

/** Read now and then, or once after the start, whatever the requests are. */
const FOLLOWED: ReadonlySet<string> = new Set(['format', 'keys', 'sweeps']);

/** Finds out about rounds. */
export interface Rounds {
  /** To be put in front of a store by `withSteps`. */
  readonly before: BeforeOperation;
  /** Resolves when the sweep, which every gateway begins with, asks its last. */
  readonly afterSweep: Promise<void>;
  /** The operations while `run` runs, `collection.operation` each: those of one round did not wait for each other. */
  readonly of: (run: () => Promise<unknown>) => Promise<string[][]>;
}

/** Holds operations for a moment, so that those which do not wait for each other begin in one round. */
export function createRounds(): Rounds {
  let rounds: string[][] | undefined;
  let waiting: { readonly name: string; readonly go: () => void }[] = [];
  const end = () => {
    const round = waiting;
    waiting = [];
    rounds?.push(round.map(({ name }) => name).sort());
    for (const { go } of round) go();
  };
  let endSweep = (): void => undefined;
  const afterSweep = new Promise<void>((resolve) => {
    endSweep = resolve;
  });
  const before: BeforeOperation = ({ name, collection }) => {
    if (collection === 'user-deletions' && name === 'find') endSweep();
    return rounds === undefined || FOLLOWED.has(collection)
      ? undefined
      : new Promise<void>((go) => {
          if (waiting.push({ name: `${collection}.${name}`, go }) === 1) {
            setTimeout(end, ROUND_MILLISECONDS);
          }
        });
  };
  return {
    before,
    afterSweep,
    async of(run: () => Promise<unknown>): Promise<string[][]> {
      rounds = [];
      await run();
      const made = rounds;
      rounds = undefined;
      return made;
    },
  };
}
