import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAdmission } from '../../src/admission.ts';

/** Enters for each owner; `turns` fills up as they are let in. */
function enterAll(slots: number, owners: readonly (string | null)[]) {
  const admission = createAdmission(slots);
  const turns: { readonly owner: string | null; readonly leave: () => void }[] = [];
  const refused: (string | null)[] = [];
  const entered = owners.map((owner) =>
    admission.enter(owner).then(
      (leave) => turns.push({ owner, leave }),
      () => refused.push(owner),
    ),
  );
  return { turns, refused, entered };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('admission', () => {
  test('lets one user hold half of the slots, and others the rest', async () => {
    const { turns } = enterAll(4, ['a', 'a', 'a', 'b', 'b']);
    await settle();
    expect(turns.map(({ owner }) => owner)).toEqual(['a', 'a', 'b', 'b']);
    turns[2]?.leave();
    await settle();
    expect(turns.map(({ owner }) => owner)).toEqual(['a', 'a', 'b', 'b']);
    turns[0]?.leave();
    await settle();
    expect(turns.map(({ owner }) => owner)).toEqual(['a', 'a', 'b', 'b', 'a']);
  });

  test('lets the gateway itself use every slot', async () => {
    const { turns } = enterAll(4, [null, null, null, null, null]);
    await settle();
    expect(turns).toHaveLength(4);
  });

  test('refuses a user whose own queue is full, and nobody else for it', async () => {
    const { turns, refused } = enterAll(4, [...Array(10).fill('a'), 'b']);
    await settle();
    expect(turns.map(({ owner }) => owner)).toEqual(['a', 'a', 'b']);
    expect(refused).toEqual(['a', 'a', 'a', 'a']);
  });

  test('refuses with RATE_LIMITED when too many wait in all', async () => {
    const owners = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    const { refused } = enterAll(2, owners);
    await settle();
    expect(refused).toHaveLength(200 - 2 - 32);
    const admission = createAdmission(1);
    for (let index = 0; index < 17; index += 1) void admission.enter(`${index}`);
    await expect(admission.enter('one more')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 1 },
    });
  });

  test('waits for a bounded time: a turn that does not come is RATE_LIMITED, and the queue moves up', async () => {
    const admission = createAdmission(1, { queue: 1, patience: 1 });
    const leave = await admission.enter(null);
    await expect(admission.enter(null)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    const next = admission.enter(null);
    leave();
    const leaveNext = await next;
    leaveNext();
    expect(await admission.enter(null)).toBeInstanceOf(Function);
  });

  test('has as long a queue as is said', async () => {
    const admission = createAdmission(1, { queue: 2 });
    for (let index = 0; index < 3; index += 1) void admission.enter(null);
    await expect(admission.enter(null)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('counts a turn that is ended twice once', async () => {
    const admission = createAdmission(1);
    const leave = await admission.enter('a');
    leave();
    leave();
    await admission.enter('b');
    const third = enterOf(admission.enter('c'));
    await settle();
    expect(third.isIn).toBe(false);
  });

  test('never lets in more than the slots, and in the end everyone who was not refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 40 }),
        async (slots, owners) => {
          const { turns, refused, entered } = enterAll(slots, owners);
          for (let left = 0; ; ) {
            await settle();
            const running = turns.slice(left);
            expect(running.length).toBeLessThanOrEqual(slots);
            const ofOneUser = running.filter(({ owner }) => owner === 'a').length;
            expect(ofOneUser).toBeLessThanOrEqual(Math.max(1, Math.floor(slots / 2)));
            if (running.length === 0) break;
            running[0]?.leave();
            left += 1;
          }
          await Promise.all(entered);
          expect(turns.length + refused.length).toBe(owners.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});

function enterOf(entered: Promise<unknown>) {
  const state = { isIn: false };
  void entered.then(() => {
    state.isIn = true;
  });
  return state;
}
