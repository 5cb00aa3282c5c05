/** When the embedded store refuses writes, whatever the disk. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createRoom,
  LEAST_BYTES,
  RECOVERY_BYTES,
  RESERVE_BYTES,
  type Room,
} from '../../../../src/store/embedded/room.ts';

const KIB = 1024;
const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' });

describe('the room of the embedded store', () => {
  let free: number;
  let lines: string[];
  let room: Room;

  beforeEach(() => {
    free = RECOVERY_BYTES * 2;
    lines = [];
    const log = (level: string) => (_facts: unknown, text?: unknown) => {
      lines.push(`${level}: ${text}`);
    };
    room = createRoom({ freeBytes: () => free, log: { info: log('info'), warn: log('warn') } });
  });

  test('takes what leaves the reserve free, and nothing more', () => {
    free = RESERVE_BYTES + 10 * KIB;
    room.admit(10 * KIB);
    expect(() => room.admit(10 * KIB + 1)).toThrow(unavailable);
  });

  test('lets deletions use the reserve, down to what a commit needs', () => {
    free = LEAST_BYTES + KIB;
    room.admit(KIB, true);
    expect(() => room.admit(1)).toThrow(unavailable);
    expect(() => room.admit(KIB + 1, true)).toThrow(unavailable);
  });

  test('says once that the disk is full and once that it is not, and recovers by itself', () => {
    free = RESERVE_BYTES;
    for (let n = 0; n < 3; n += 1) expect(() => room.admit(1)).toThrow(unavailable);
    free = RECOVERY_BYTES - 1;
    expect(() => room.admit(1)).toThrow(unavailable);
    free = RECOVERY_BYTES + 1;
    for (let n = 0; n < 3; n += 1) room.admit(1);
    expect(lines).toEqual([
      'warn: the disk is full: writes are refused, save for deletions',
      'info: the disk has room again: writes are taken',
    ]);
  });

  test('counts what is put and not yet committed, so that writes at once cannot pass together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: RESERVE_BYTES }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: RESERVE_BYTES * 4 }),
        async (sizes, start) => {
          free = start;
          const own = createRoom({ freeBytes: () => free });
          let commit: () => void = () => undefined;
          const committed = new Promise<void>((resolve) => {
            commit = resolve;
          });
          let taken = 0;
          const writes = sizes.map((size) =>
            own.during(
              () => {
                own.admit(size);
                taken += size;
              },
              async (counted) => {
                counted();
                await committed;
              },
            ),
          );
          expect(taken === 0 || start - taken >= RESERVE_BYTES).toBe(true);
          commit();
          await Promise.allSettled(writes);
          // Nothing is under way any more: all the room counts again.
          free = RECOVERY_BYTES + 1;
          own.admit(1);
        },
      ),
    );
  });

  test('gives back what a write that failed had been admitted', async () => {
    free = RECOVERY_BYTES + KIB;
    for (let n = 0; n < 5; n += 1) {
      const failing = room.during(
        () => room.admit(KIB),
        async (counted) => {
          counted();
          throw new Error('rolled back');
        },
      );
      await expect(failing).rejects.toThrow('rolled back');
    }
    room.admit(KIB);
    expect(lines).toEqual([]);
  });
});
