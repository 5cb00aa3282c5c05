/**
 * Refuses writes before the disk is full.
 *
 * LMDB 3.5 (lmdb-js) overflows a buffer while it words the error of a write that the disk refuses, which
 * ends the process (docs/decisions/0001). So no write may get that far. What a write adds is counted
 * before it is put, together with what other writes have put and not yet committed.
 */
import { type GatewayError, serviceUnavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';

const MIB = 1024 * 1024;

/** Bytes that stay free for deletions and log-outs: other writes are refused below. */
export const RESERVE_BYTES = 64 * MIB;
/** Bytes that must be free before other writes are taken again, so that they are not taken by turns. */
export const RECOVERY_BYTES = 80 * MIB;
/** Bytes below which even deletions are refused: the pages of a commit must fit. */
export const LEAST_BYTES = 16 * MIB;
/** Generous share of a put in the pages that a commit copies: paths in the trees of document and indexes. */
export const PUT_OVERHEAD = 32 * 1024;

/** Whether there is room. */
export type Room = ReturnType<typeof createRoom>;

/** What a room is made of. */
export interface RoomParts {
  /** Bytes that are free now. */
  readonly freeBytes: () => number;
  readonly log?: Pick<Log, 'info' | 'warn'> | undefined;
}

/** Creates the room of one directory. */
export function createRoom({ freeBytes, log }: RoomParts) {
  let underWay = 0;
  let current: { bytes: number } | undefined;
  let isFull = false;

  function judge(left: number): void {
    const wasFull = isFull;
    isFull = left < (wasFull ? RECOVERY_BYTES : RESERVE_BYTES);
    if (isFull === wasFull) return;
    const facts = { freeBytes: left, reserveBytes: RESERVE_BYTES };
    if (isFull) log?.warn(facts, 'the disk is full: writes are refused, save for deletions');
    else log?.info(facts, 'the disk has room again: writes are taken');
  }

  return {
    /**
     * Lets `bytes` more be put, or fails with `SERVICE_UNAVAILABLE`.
     *
     * @param makesRoom whether it is part of a deletion or of the end of a session.
     */
    admit(bytes: number, makesRoom = false) {
      const left = freeBytes() - underWay - bytes;
      judge(left);
      if (makesRoom ? left < LEAST_BYTES : isFull) throw noRoom();
      if (current === undefined) return;
      current.bytes += bytes;
      underWay += bytes;
    },

    /** Runs a write transaction; what `run` is admitted counts as under way until `write` settles. */
    async during<T>(run: () => T, write: (counted: () => T) => Promise<T>) {
      const own = { bytes: 0 };
      const counted = () => {
        current = own;
        try {
          return run();
        } finally {
          current = undefined;
        }
      };
      try {
        return await write(counted);
      } finally {
        underWay -= own.bytes;
      }
    },
  };
}

function noRoom(): GatewayError<'SERVICE_UNAVAILABLE'> {
  return serviceUnavailable(new Error('The disk of the embedded store is full'));
}
