import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Admission, createAdmission } from '../../src/admission.ts';

/** Turns that a test leaves waiting must not end while the next file of the same process is tested. */
const BOUNDS = { queue: 500, patience: 2 ** 31 - 1 };

/**
 * Enters for each owner; `turns` fills up as they are let in.
 *
 * Whoever still waits at a test's end is refused a minute later, when another file's tests run: each refusal is taken.
 */
function enterAll(admission: Admission, owners: readonly (string | null)[]) {
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
    const { turns } = enterAll(createAdmission(4, BOUNDS), ['a', 'a', 'a', 'b', 'b']);
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
    const { turns } = enterAll(createAdmission(4, BOUNDS), [null, null, null, null, null]);
    await settle();
    expect(turns).toHaveLength(4);
  });

  /** The order in which everyone is let in when each turn ends before the next begins. */
  const orderOf = async (slots: number, owners: readonly (string | null)[]) => {
    const { turns, refused } = enterAll(createAdmission(slots, BOUNDS), owners);
    for (let index = 0; index < owners.length; index += 1) {
      await settle();
      turns[index]?.leave();
    }
    expect(refused).toEqual([]);
    return turns.map(({ owner }) => owner);
  };

  test('lets one user wait two hundred times, in the order of coming', async () => {
    expect(await orderOf(4, Array(200).fill('a'))).toEqual(Array(200).fill('a'));
  });

  test('has nobody wait for more than one turn of another, who wants two hundred', async () => {
    const many = Array<string>(200).fill('a');
    const order = await orderOf(1, [...many, 'b', 'c', 'b']);
    expect(order.slice(0, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
    expect((await orderOf(4, [...many, 'b'])).slice(0, 3)).toEqual(['a', 'a', 'b']);
  });

  test('has one who wants many turns wait for one turn of each other, however many others come', async () => {
    const admission = createAdmission(1, BOUNDS);
    const order: string[] = [];
    const enter = async (owner: string) => {
      const leave = await admission.enter(owner);
      order.push(owner);
      await settle();
      // Someone new comes with each turn that ends.
      if (owner !== 'a' && order.length < 20) void enter(`new ${order.length}`);
      leave();
    };
    await Promise.all([enter('a'), enter('a'), enter('a'), enter('b'), enter('c')]);
    const places = order.flatMap((owner, index) => (owner === 'a' ? [index] : []));
    expect(places.slice(0, 2)).toEqual([0, 3]);
    expect(places[2]).toBeLessThanOrEqual(6);
  });

  test('lets the gateway itself take turns with users', async () => {
    expect(await orderOf(1, ['a', 'a', 'a', null, null])).toEqual(['a', null, 'a', null, 'a']);
  });

  test('refuses with RATE_LIMITED when too many wait in all', async () => {
    const owners = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    const { refused } = enterAll(createAdmission(2, { ...BOUNDS, queue: 32 }), owners);
    await settle();
    expect(refused).toHaveLength(200 - 2 - 32);
    const admission = createAdmission(1, { ...BOUNDS, queue: 16 });
    enterAll(admission, owners.slice(0, 17));
    await expect(admission.enter('one more')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 1 },
    });
  });

  test('has a full queue take the last turn of whoever wants most for one who wants fewer', async () => {
    const owners = ['a', ...Array<string>(8).fill('a'), 'b', 'b', null, 'a'];
    const { refused, turns } = enterAll(createAdmission(1, { ...BOUNDS, queue: 8 }), owners);
    await settle();
    // Two of a's eight for b, one for the gateway, and a's own ninth.
    expect(refused).toEqual(['a', 'a', 'a', 'a']);
    for (let index = 0; index < 9; index += 1) {
      turns[index]?.leave();
      await settle();
    }
    expect(turns.map(({ owner }) => owner ?? 'gateway').sort()).toEqual([
      ...Array(6).fill('a'),
      ...['b', 'b', 'gateway'],
    ]);
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
    const admission = createAdmission(1, { ...BOUNDS, queue: 2 });
    enterAll(admission, [null, null, null]);
    await expect(admission.enter(null)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('counts a turn that is ended twice once', async () => {
    const admission = createAdmission(1, BOUNDS);
    const leave = await admission.enter('a');
    leave();
    leave();
    await admission.enter('b');
    const { turns } = enterAll(admission, ['c']);
    await settle();
    expect(turns).toEqual([]);
  });

  test('never lets in more than the slots, and in the end everyone who was not refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 40 }),
        async (slots, owners) => {
          const { turns, refused, entered } = enterAll(createAdmission(slots, BOUNDS), owners);
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
