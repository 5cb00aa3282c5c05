/** What the caller of an operation of the data service allows it. */

/** The bounds of one operation. */
export interface OperationLimits {
  /** Aborted once nobody waits for the operation any more: it reads and writes nothing further. */
  readonly signal: AbortSignal;
  /** Milliseconds that the caller has left. */
  readonly timeLeft: () => number;
  /**
   * Says that so many more bytes of BSON are held in memory; a negative number: so many fewer. Throws
   * what the operation is to fail with, if that is too much.
   */
  readonly hold: (bytes: number) => void;
}

/** For operations of the gateway's own, which are bounded by what they ask for. */
export const UNLIMITED: OperationLimits = {
  signal: new AbortController().signal,
  timeLeft: () => Number.POSITIVE_INFINITY,
  hold: () => undefined,
};
