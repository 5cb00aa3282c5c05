import { describe, expect, test } from '@jest/globals';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { createKeyCollection } from '../../support/key-collection.ts';
import { keysIn, LIFE, MINUTE, useKeyRings } from '../../support/key-rings.ts';
import { createPrivateKey, START, toJwk } from '../../support/test-tokens.ts';

const { clock, openRing, operate } = useKeyRings();

/** A store with keys, and what is done to them. */
async function createWorld() {
  const made = createKeyCollection();
  await openRing(made.collection);
  const administration = operate(made.collection);
  const states = async () =>
    Object.fromEntries((await administration.list()).map(({ kid, state }) => [kid, state]));
  const kids = (await administration.list()).map(({ kid }) => kid);
  const [active = '', next = ''] = kids;
  return { ...made, administration, states, active, next };
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

describe('an operator', () => {
  test('lists keys with their times and nothing that is secret', async () => {
    const { administration, active, next } = await createWorld();
    await administration.rotate();
    const until = iso(START + 2 * LIFE * 1000);
    const common = { alg: 'ES256', createdAt: iso(START), isEncrypted: false };
    const [first, second, third] = await administration.list();
    expect(first).toEqual({
      ...{ ...common, kid: next, state: 'active', signsFrom: iso(START) },
      ...{ signsUntil: null, verifiesUntil: null },
    });
    expect(second).toMatchObject({ state: 'next', signsFrom: null });
    expect(third).toEqual({
      ...{ ...common, kid: active, state: 'retiring', signsFrom: iso(START) },
      ...{ signsUntil: iso(START), verifiesUntil: until },
    });
  });

  test('has the next key sign, at once or when it may, and is told which and when', async () => {
    const { administration, next } = await createWorld();
    expect(await administration.rotate()).toMatchObject({ kid: next, state: 'active' });
    clock.now += MINUTE;
    const waiting = await administration.rotate();
    expect(waiting).toMatchObject({ state: 'next', signsFrom: iso(START + 15 * MINUTE) });
    expect(await administration.rotate()).toEqual(waiting);
  });

  test('of two who rotate at once both are told of the same key', async () => {
    const { administration, collection, documents } = await createWorld();
    const [one, other] = await Promise.all([administration.rotate(), operate(collection).rotate()]);
    const kids = new Set([one.kid, other.kid]);
    // The second begins anew from what the first has made, so it is the key after that which waits.
    expect([kids.size, keysIn(documents).length]).toEqual([2, 3]);
    expect([one.state, other.state].sort()).toEqual(['active', 'next']);
  });

  test('retires the key that signs: the next one does, and what it signed stays valid', async () => {
    const { administration, states, active, next } = await createWorld();
    expect(await administration.retire(active)).toMatchObject({ kid: active, state: 'retiring' });
    expect(await states()).toMatchObject({ [active]: 'retiring', [next]: 'active' });
    expect(await administration.retire(active)).toMatchObject({ state: 'retiring' });
  });

  test('retires a key that has signed nothing', async () => {
    const { administration, states, active, next } = await createWorld();
    expect(await administration.retire(next)).toMatchObject({ kid: next, state: 'retired' });
    expect(await states()).toMatchObject({ [active]: 'active', [next]: 'retired' });
  });

  test('retires a key of an algorithm that is not configured any more', async () => {
    const { collection, administration } = await createWorld();
    await openRing(collection, { alg: 'EdDSA' });
    clock.now += 20 * MINUTE;
    const foreign = (await administration.list()).find(({ alg }) => alg === 'EdDSA');
    expect(foreign?.state).toBe('active');
    const outcome = await administration.retire(foreign?.kid ?? '');
    expect(outcome).toMatchObject({ state: 'retiring', signsUntil: iso(clock.now) });
  });

  test('retires a stolen key at once: a successor signs, and it is nowhere any more', async () => {
    const { administration, documents, states, active, next } = await createWorld();
    const outcome = await administration.withdraw(active);
    expect(outcome).toMatchObject({ kid: active, state: 'retired', signer: next });
    expect(await states()).toEqual({ [active]: 'retired', [next]: 'active' });
    expect(keysIn(documents)[0]).not.toHaveProperty('d');
    const { keys } = await administration.exportPublic();
    expect(keys.map(({ kid }) => kid)).toEqual([next]);
    clock.now += MINUTE;
    expect(await administration.withdraw(active)).toEqual(outcome);
  });

  test('exports what verifies, the key that signs first, without private members', async () => {
    const { administration, active, next } = await createWorld();
    await administration.rotate();
    const { keys } = await administration.exportPublic();
    expect(keys.map(({ kid }) => kid).slice(0, 2)).toEqual([next, active]);
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  test('imports keys: the first private one is next, and those that are there stay', async () => {
    const { administration, collection, states } = await createWorld();
    const file = {
      keys: ['mine', 'former'].map((kid) =>
        toJwk(createPrivateKey('ES256'), { kid, key_ops: ['sign'], comment: 'x' }),
      ),
    };
    await administration.import(file);
    expect(await states()).toMatchObject({ mine: 'next', former: 'retiring' });
    const outcomes = await administration.import(file);
    expect(outcomes.map(({ kid, state }) => [kid, state])).toEqual([
      ['mine', 'next'],
      ['former', 'retiring'],
    ]);
    expect(await administration.rotate()).toMatchObject({
      ...{ kid: 'mine', state: 'next', signsFrom: iso(START + 15 * MINUTE) },
    });
    clock.now += 15 * MINUTE;
    const { keys } = await openRing(collection);
    expect(keys.active.kid).toBe('mine');
    expect(JSON.stringify(keys.published)).not.toContain('comment');
  });

  test('cannot bring back a key that was retired, nor more than anybody can mean', async () => {
    const { administration } = await createWorld();
    const keyOf = (kid: string) => toJwk(createPrivateKey('ES256'), { kid });
    const file = { keys: [keyOf('mine')] };
    await administration.import(file);
    await administration.withdraw('mine');
    await expect(administration.import(file)).rejects.toThrow('"mine" was retired');
    const many = Array.from({ length: 100 }, (_, index) => keyOf(`key-${index}`));
    await expect(administration.import({ keys: many })).rejects.toThrow('more than 100 keys');
    await expect(administration.import({ keys: [{ kty: 'oct', k: 'AAAA' }] })).rejects.toThrow(
      '"keys[0]" is symmetric',
    );
  });

  test('is told of a key that is not there, of a store without keys, and of a secret that is missing', async () => {
    const { administration } = await createWorld();
    for (const act of [administration.retire, administration.withdraw]) {
      await expect(act('unknown')).rejects.toThrow('There is no such key');
    }
    const empty = operate(createKeyCollection().collection);
    await expect(empty.list()).rejects.toThrow('start a gateway');
    await expect(empty.rotate()).rejects.toThrow('no signing keys');
    const { collection } = createKeyCollection();
    await openRing(collection, { sealer: createKeySealer(['a secret of many characters']) });
    await expect(operate(collection).rotate()).rejects.toThrow('set KEY_ENCRYPTION_SECRETS');
    expect(await operate(collection).list()).toMatchObject([
      { isEncrypted: true },
      { isEncrypted: true },
    ]);
  });
});
