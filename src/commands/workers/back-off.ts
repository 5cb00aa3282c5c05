/** How long a place stays empty whose worker has ended. */

/** A worker that lived for so long was well. */
export const WELL_MILLISECONDS = 10_000;
const FIRST_MILLISECONDS = 250;
const MAX_MILLISECONDS = 30_000;

/** Creates the waits of one place: none after a worker that was well, then 0.25 s, 0.5 s … up to 30 s. */
export function createBackOff() {
  let inARow = 0;
  return {
    /** How long to wait, in milliseconds, after a worker that lived for so long. */
    next(lived: number): number {
      inARow = lived >= WELL_MILLISECONDS ? 0 : inARow + 1;
      if (inARow === 0) return 0;
      return Math.min(FIRST_MILLISECONDS * 2 ** (inARow - 1), MAX_MILLISECONDS);
    },
  };
}
