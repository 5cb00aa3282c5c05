import { describe, expect, test } from '@jest/globals';
import {
  findSigner,
  JWKS_CACHE_SECONDS,
  type KeyRecord,
  publishedEverywhere,
  stateOf,
  turningPoints,
  verifiesUntil,
} from '../../../src/token/key-record.ts';
import { START } from '../../support/test-tokens.ts';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(START + hours * HOUR);

/** A key of an hour's life without members, which states do not depend on. */
function createRecord(times: Partial<KeyRecord> = {}): KeyRecord {
  const record = {
    kty: 'EC',
    kid: 'a',
    alg: 'ES256',
    use: 'sig',
    d: 'd',
    createdAt: at(0),
  } as const;
  return { ...record, maySignFrom: at(0), tokenLifeSeconds: 3600, ...times };
}

describe('the state of a key', () => {
  test.each<[times: Partial<KeyRecord>, now: number, state: string]>([
    [{}, 1000, 'next'],
    [{ signsFrom: at(1) }, 0.99, 'next'],
    [{ signsFrom: at(1) }, 1, 'active'],
    [{ signsFrom: at(1), stopsAt: at(2) }, 1.99, 'active'],
    [{ signsFrom: at(1), stopsAt: at(2) }, 2, 'retiring'],
    // An hour of life after the last signature, and an hour that clocks may be apart.
    [{ signsFrom: at(1), stopsAt: at(2) }, 3.99, 'retiring'],
    [{ signsFrom: at(1), stopsAt: at(2) }, 4, 'retired'],
    [{ stopsAt: at(1) }, 1, 'retiring'],
    [{ signsFrom: at(1), withdrawnAt: at(1) }, 1, 'retired'],
    [{ signsFrom: at(1), withdrawnAt: at(9) }, 1, 'retired'],
  ])('with %j is after %d hours: %s', (times, hours, state) => {
    expect(stateOf(createRecord(times), at(hours).getTime())).toBe(state);
  });

  test('changes at its turning points and at no other moment', () => {
    const record = createRecord({ signsFrom: at(1), stopsAt: at(2) });
    const points = turningPoints(record);
    expect(points).toEqual([at(1), at(2), at(4)].map((date) => date.getTime()));
    for (const point of points) {
      expect(stateOf(record, point)).not.toBe(stateOf(record, point - 1));
      expect(stateOf(record, point)).toBe(stateOf(record, point + HOUR / 2));
    }
    expect(turningPoints(createRecord())).toEqual([]);
    expect(verifiesUntil(createRecord())).toBeUndefined();
  });
});

test('a key is published for longer than anybody may go by the key set of before', () => {
  const seconds = (publishedEverywhere(START).getTime() - START) / 1000;
  expect(JWKS_CACHE_SECONDS).toBe(300);
  // And for the ten minutes that common libraries keep a key set.
  expect(seconds).toBeGreaterThan(600);
});

describe('the key that signs', () => {
  const sign = (records: readonly KeyRecord[], hours = 5) =>
    findSigner(records, 'ES256', at(hours).getTime())?.kid;
  const active = createRecord({ kid: 'active', signsFrom: at(1) });
  const other = createRecord({ kid: 'other', alg: 'EdDSA', signsFrom: at(2) });
  const next = createRecord({ kid: 'next' });
  const retiring = createRecord({ kid: 'retiring', signsFrom: at(0), stopsAt: at(4) });

  test.each<[what: string, records: readonly KeyRecord[], kid: string | undefined]>([
    ['the active one of the algorithm', [other, next, active, retiring], 'active'],
    [
      'of several the one that began last',
      [active, createRecord({ kid: 'later', signsFrom: at(3) })],
      'later',
    ],
    ['that of another algorithm while none of this one may sign', [next, other], 'other'],
    ['the next one where a clock is behind', [next, retiring], 'next'],
    [
      'of several the one that is to sign soonest',
      [
        createRecord({ kid: 'late', signsFrom: at(7) }),
        createRecord({ kid: 'soon', signsFrom: at(6) }),
      ],
      'soon',
    ],
    [
      'the one that signed last where there is no other',
      [createRecord({ kid: 'long ago', signsFrom: at(0), stopsAt: at(3.5) }), retiring],
      'retiring',
    ],
    ['never a retired one', [createRecord({ withdrawnAt: at(4) })], undefined],
    ['none where there is none', [], undefined],
  ])('is %s', (_what, records, kid) => {
    expect(sign(records)).toBe(kid);
    expect(sign([...records].reverse())).toBe(kid);
  });
});
