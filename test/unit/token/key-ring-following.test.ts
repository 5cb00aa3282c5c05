import { describe, expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import type { KeyRing } from '../../../src/token/key-ring.ts';
import type { Document } from '../../../src/values/documents.ts';
import { createKeyCollection, SIGNING_KEYS_ID as ID } from '../../support/key-collection.ts';
import { createMockLog, keysIn, LIFE, until, useKeyRings } from '../../support/key-rings.ts';
import { START } from '../../support/test-tokens.ts';

const { clock, openRing, operate } = useKeyRings();

describe('a gateway follows the store', () => {
  test('a rotation by others is in force here, and every token of before verifies', async () => {
    const { collection } = createKeyCollection();
    const log = createMockLog();
    const ring = await openRing(collection, { log });
    const { kid: before } = ring.keys.active;
    ring.start();
    const { kid } = await operate(collection).rotate();
    await until(() => ring.keys.active.kid === kid);
    expect(ring.keys.verification.has(before)).toBe(true);
    expect(ring.keys.published).toHaveLength(3);
    expect(ring.keys.withdrawals()).toBe(0);
    expect(log.info).toHaveBeenCalledWith({ kid, former: before }, expect.any(String));
  });

  test('a key that is retired at once is gone here, and counted', async () => {
    const { collection } = createKeyCollection();
    const ring = await openRing(collection);
    const { kid } = ring.keys.active;
    ring.start();
    await operate(collection).withdraw(kid);
    await until(() => !ring.keys.verification.has(kid));
    expect(ring.keys.withdrawals()).toBe(1);
    expect(ring.keys.active.kid).not.toBe(kid);
    expect(await ring.keys.lookFor(kid)).toBeUndefined();
  });

  test('keys go on being the same objects, as memories of verified tokens know them', async () => {
    const { collection } = createKeyCollection();
    const ring = await openRing(collection);
    const { kid } = ring.keys.active;
    const key = ring.keys.verification.get(kid);
    ring.start();
    const next = (await operate(collection).rotate()).kid;
    await until(() => ring.keys.active.kid === next);
    expect(ring.keys.verification.get(kid)).toBe(key);
  });

  test('time makes keys retire, each for as long as its tokens live, clocks apart', async () => {
    const { collection } = createKeyCollection();
    const ring = await openRing(collection);
    const { kid } = ring.keys.active;
    await operate(collection).rotate();
    await ring.keys.lookFor('a kid to have the store read');
    clock.now = START + 2 * LIFE * 1000 - 1;
    expect(ring.keys.verification.has(kid)).toBe(true);
    clock.now = START + 2 * LIFE * 1000;
    expect(ring.keys.verification.has(kid)).toBe(false);
  });

  test('a rotation that is due is made once, by however many', async () => {
    const { collection, documents } = createKeyCollection();
    const open = () => openRing(collection, { rotationSeconds: 7200 });
    const several = [await open(), await open(), await open()];
    const { kid } = (several[0] as KeyRing).keys.active;
    clock.now += 7200 * 1000;
    for (const ring of several) ring.start();
    await until(() => several.every(({ keys }) => keys.active.kid !== kid));
    await until(() => keysIn(documents).length === 3);
    expect(new Set(several.map(({ keys }) => keys.active.kid)).size).toBe(1);
  });
});

describe('an unknown key', () => {
  test('is found when another gateway has just made it', async () => {
    const { collection } = createKeyCollection();
    const ring = await openRing(collection);
    await operate(collection).rotate();
    const { kid } = (await operate(collection).list()).at(1) as { kid: string };
    expect(ring.keys.verification.has(kid)).toBe(false);
    expect(await ring.keys.lookFor(kid)).toMatchObject({ alg: 'ES256' });
  });

  test('however many ask is one reading, and then another', async () => {
    const { collection, calls } = createKeyCollection();
    const ring = await openRing(collection);
    calls.findOne = 0;
    const ask = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => ring.keys.lookFor(`unknown-${n}`)));
    expect(new Set(await ask(1000))).toEqual(new Set([undefined]));
    expect(calls.findOne).toBe(1);
    const started = performance.now();
    await Promise.all([ask(10), ask(10)]);
    await ask(1);
    // Four a second at most.
    expect(performance.now() - started).toBeGreaterThan(400);
    expect(calls.findOne).toBe(3);
  });

  test('is looked for in a reading that begins after it was asked for', async () => {
    const { collection } = createKeyCollection();
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    let reads = 0;
    const ring = await openRing({
      ...collection,
      within: () => ({
        ...collection,
        findOne: async (filter) => {
          reads += 1;
          const found = await collection.findOne(filter);
          if (reads === 1) await held;
          return found as never;
        },
      }),
    });
    const missing = ring.keys.lookFor('unknown');
    await until(() => reads === 1);
    const { kid } = await operate(collection).rotate();
    const made = (await operate(collection).list()).at(1) as { kid: string };
    const found = ring.keys.lookFor(made.kid);
    go();
    expect(await missing).toBeUndefined();
    expect(await found).toMatchObject({ alg: 'ES256' });
    expect(ring.keys.active.kid).toBe(kid);
  });
});

describe('a store that cannot be read', () => {
  test('leaves the keys in force that were read last, says so once, and unknown ones are not known to be none', async () => {
    const { collection } = createKeyCollection();
    const failing = { isDown: true };
    const log = createMockLog();
    const ring = await openRing(
      {
        ...collection,
        within: () => ({
          ...collection,
          findOne: (filter) =>
            failing.isDown
              ? Promise.reject(serviceUnavailable(new Error('down')))
              : collection.findOne(filter),
        }),
      },
      { log },
    );
    const { kid } = ring.keys.active;
    ring.start();
    await expect(ring.keys.lookFor('unknown')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await expect(ring.keys.lookFor('unknown')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(ring.keys.active.kid).toBe(kid);
    expect(log.warn).toHaveBeenCalledTimes(1);
    failing.isDown = false;
    await until(() => log.info.mock.calls.length > 0);
    expect(await ring.keys.lookFor('unknown')).toBeUndefined();
  });

  test('that has lost its keys, or holds damaged ones, changes nothing here', async () => {
    const { collection, documents } = createKeyCollection();
    const ring = await openRing(collection);
    const { kid } = ring.keys.active;
    const stored = documents.get(ID) as Document;
    for (const keys of [undefined, [], [{ kid: 'x' }]]) {
      if (keys === undefined) documents.delete(ID);
      else documents.set(ID, { ...stored, keys });
      await ring.keys.lookFor('unknown').catch(() => undefined);
      expect(ring.keys.active.kid).toBe(kid);
      expect(ring.keys.verification.size).toBe(2);
    }
  });
});
