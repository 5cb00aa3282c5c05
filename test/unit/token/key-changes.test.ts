import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SigningAlg } from '../../../src/config.ts';
import {
  add,
  type ChangeParts,
  firstKeys,
  maintain,
  promote,
  stop,
  withdraw,
} from '../../../src/token/key-changes.ts';
import { type KeyRecord, stateOf } from '../../../src/token/key-record.ts';
import { START } from '../../support/test-tokens.ts';

const MINUTE = 60_000;
const PUBLISHED = 15 * MINUTE;
const LIFE = 3600;

let made = 0;
beforeEach(() => {
  made = 0;
});
const key = (kid: string, alg: SigningAlg = 'ES256') =>
  ({ kty: alg === 'EdDSA' ? 'OKP' : 'EC', kid, alg, use: 'sig', d: 'd' }) as const;
const partsAt = (now: number, others: Partial<ChangeParts> = {}): ChangeParts => {
  const { alg = 'ES256' } = others;
  const makeKey = async () => {
    made += 1;
    return key(`made-${made}`, alg);
  };
  return { alg, now, tokenLifeSeconds: LIFE, makeKey, ...others };
};
const statesAt = (records: readonly KeyRecord[], now: number) =>
  Object.fromEntries(records.map((record) => [record.kid, stateOf(record, now)]));

describe('the first keys of a store', () => {
  test('are one that signs and one that may sign at any time: nobody has cached anything', async () => {
    const records = await firstKeys(partsAt(START));
    expect(statesAt(records, START)).toEqual({ 'made-1': 'active', 'made-2': 'next' });
    const { records: rotated, kid, signsFrom } = promote(records, partsAt(START + 1));
    expect([kid, signsFrom.getTime()]).toEqual(['made-2', START + 1]);
    expect(statesAt(rotated, START + 1)).toEqual({ 'made-1': 'retiring', 'made-2': 'active' });
  });

  test('need nothing done to them', async () => {
    const records = await firstKeys(partsAt(START));
    expect(await maintain(records, partsAt(START + 9 * MINUTE))).toBe(records);
    expect(made).toBe(2);
  });
});

describe('a rotation', () => {
  const rotate = async (records: readonly KeyRecord[], now: number) => {
    const promoted = promote(records, partsAt(now));
    return { ...promoted, records: await maintain(promoted.records, partsAt(now)) };
  };

  test('publishes the key after the next', async () => {
    const { records } = await rotate(await firstKeys(partsAt(START)), START);
    expect(statesAt(records, START)).toEqual({
      'made-1': 'retiring',
      'made-2': 'active',
      'made-3': 'next',
    });
  });

  test('right after another waits until the new key is in every cache, and a third one changes nothing', async () => {
    const first = await rotate(await firstKeys(partsAt(START)), START);
    const second = await rotate(first.records, START + MINUTE);
    expect(second.kid).toBe('made-3');
    expect(second.signsFrom.getTime()).toBe(START + PUBLISHED);
    const third = await rotate(second.records, START + 2 * MINUTE);
    expect(third).toEqual(second);
    const states = (now: number) => statesAt(third.records, now);
    expect(states(START + PUBLISHED - 1)).toMatchObject({ 'made-2': 'active', 'made-3': 'next' });
    expect(states(START + PUBLISHED)).toMatchObject({ 'made-2': 'retiring', 'made-3': 'active' });
  });

  test('by itself is due when a key has signed for so long, and not before', async () => {
    const records = await firstKeys(partsAt(START));
    const later = (seconds: number) => maintain(records, partsAt(START + seconds * 1000), 7200);
    expect(await later(7199)).toBe(records);
    const rotated = await later(7200);
    expect(statesAt(rotated, START + 7_200_000)).toMatchObject({
      'made-1': 'retiring',
      'made-2': 'active',
    });
  });

  test('needs a next key', () => {
    expect(() => promote([], partsAt(START))).toThrow('no key that could sign');
  });

  test('of one algorithm leaves the keys of others alone', async () => {
    const records = await firstKeys(partsAt(START));
    const added = await maintain(records, partsAt(START, { alg: 'EdDSA' }));
    expect(statesAt(added, START + PUBLISHED - 1)['made-3']).toBe('next');
    expect(statesAt(added, START + PUBLISHED)).toMatchObject({
      'made-1': 'active',
      'made-3': 'active',
    });
  });
});

describe('a key that is retired at once', () => {
  test('has a successor that signs at once, and no private members any more', async () => {
    const records = await withdraw(await firstKeys(partsAt(START)), 'made-1', partsAt(START + 1));
    expect(statesAt(records, START + 1)).toEqual({ 'made-1': 'retired', 'made-2': 'active' });
    expect(records.map(({ d }) => d)).toEqual([undefined, 'd']);
  });

  test('has one even if none is published', async () => {
    const [only] = await firstKeys(partsAt(START));
    const records = await withdraw([only as KeyRecord], 'made-1', partsAt(START + 1));
    expect(statesAt(records, START + 1)).toEqual({ 'made-1': 'retired', 'made-3': 'active' });
  });

  test('that was to sign soon leaves the one that signs where it is', async () => {
    const first = promote(await firstKeys(partsAt(START)), partsAt(START)).records;
    const later = await maintain(first, partsAt(START));
    const scheduled = promote(later, partsAt(START)).records;
    const records = await withdraw(scheduled, 'made-3', partsAt(START + 1));
    expect(statesAt(records, START + 2 * PUBLISHED)).toMatchObject({
      'made-2': 'active',
      'made-3': 'retired',
    });
  });

  test('of another algorithm needs no successor, and one that is not there changes nothing', async () => {
    const records = await firstKeys(partsAt(START));
    const other = partsAt(START, { alg: 'EdDSA' });
    expect(statesAt(await withdraw(records, 'made-1', other), START)).toEqual({
      'made-1': 'retired',
      'made-2': 'next',
    });
    expect(await withdraw(records, 'unknown', other)).toBe(records);
  });
});

describe('keys', () => {
  test('live as long as the longest token that any gateway signs with them', async () => {
    const records = await firstKeys(partsAt(START));
    const longer = await maintain(records, partsAt(START, { tokenLifeSeconds: 2 * LIFE }));
    expect(longer.map(({ tokenLifeSeconds }) => tokenLifeSeconds)).toEqual([2 * LIFE, 2 * LIFE]);
    const rotated = promote(longer, partsAt(START)).records;
    const added = await maintain(rotated, partsAt(START));
    expect(added.at(-1)).toMatchObject({ kid: 'made-3', tokenLifeSeconds: 2 * LIFE });
    expect(await maintain(added, partsAt(START))).toBe(added);
    const stopped = await maintain(added, partsAt(START, { tokenLifeSeconds: 9 * LIFE }));
    expect(stopped.map(({ tokenLifeSeconds }) => tokenLifeSeconds / LIFE)).toEqual([2, 9, 9]);
  });

  test('that are retired are forgotten, the oldest first', async () => {
    let records = await firstKeys(partsAt(START));
    for (let n = 1; n <= 25; n += 1) {
      const now = START + n * MINUTE;
      records = await maintain(await withdraw(records, `made-${n}`, partsAt(now)), partsAt(now));
    }
    const retired = records.filter((record) => stateOf(record, START + 60 * MINUTE) === 'retired');
    expect(retired.map(({ kid }) => kid)).toEqual(
      Array.from({ length: 20 }, (_, index) => `made-${index + 6}`),
    );
  });

  test('of which several sign, as only hands can have it, stop but for the latest', async () => {
    const [active, next] = (await firstKeys(partsAt(START))) as [KeyRecord, KeyRecord];
    const two = [active, { ...active, kid: 'second' }, next];
    expect(statesAt(await maintain(two, partsAt(START)), START)).toEqual({
      'made-1': 'retiring',
      second: 'active',
      'made-2': 'next',
    });
  });

  test('of the operator: the first private one for the algorithm is next, the others verify for a time', async () => {
    const records = await firstKeys(partsAt(START));
    const { d, ...publicOnly } = key('public');
    const keys = [publicOnly, key('other', 'EdDSA'), key('first'), key('former')];
    const added = add(records, keys, partsAt(START));
    expect(statesAt(added, START)).toEqual({
      'made-1': 'active',
      'made-2': 'next',
      public: 'retiring',
      other: 'retiring',
      first: 'next',
      former: 'retiring',
    });
    const { kid, signsFrom } = promote(added, partsAt(START + MINUTE));
    expect([kid, signsFrom.getTime()]).toEqual(['first', START + PUBLISHED]);
  });

  test('that are stopped verify until what they signed has expired', async () => {
    const records = stop(await firstKeys(partsAt(START)), 'made-1', START);
    expect(statesAt(records, START)['made-1']).toBe('retiring');
    expect(statesAt(records, START + (LIFE + 3600) * 1000)['made-1']).toBe('retired');
  });
});
