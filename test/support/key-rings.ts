/** The keys of gateways in one process, on a store in memory, and what is done to them beside. */
import { afterEach, beforeEach, jest } from '@jest/globals';
import type { DocumentCollection } from '../../src/store/port.ts';
import { createKeyAdministration } from '../../src/token/key-administration.ts';
import { type KeyRing, type KeyRingParts, openKeyRing } from '../../src/token/key-ring.ts';
import { createKeySealer, type KeySealer } from '../../src/token/key-sealer.ts';
import type { Document } from '../../src/values/documents.ts';
import { createKeyCollection, SIGNING_KEYS_ID } from './key-collection.ts';
import { createPrivateKey, START, toJwk } from './test-tokens.ts';

/** Life of the tokens, in seconds. */
export const LIFE = 3600;
export const MINUTE = 60_000;

/** A log that remembers. */
export function createMockLog() {
  return { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
}

/** Opens rings, which are closed after each test, and a clock that begins anew before each. */
export function useKeyRings() {
  const rings: KeyRing[] = [];
  const clock = { now: START };
  beforeEach(() => {
    clock.now = START;
  });
  afterEach(() => Promise.all(rings.splice(0).map((ring) => ring.close())));
  const now = () => clock.now;
  const common = {
    sealer: createKeySealer([]),
    alg: 'ES256',
    tokenLifeSeconds: LIFE,
    now,
  } as const;
  return {
    clock,
    /** The keys of a gateway on this collection. */
    async openRing(collection: DocumentCollection, others: Partial<KeyRingParts> = {}) {
      const log = createMockLog();
      const ring = await openKeyRing({
        ...common,
        collection,
        log,
        pollMilliseconds: 5,
        ...others,
      });
      rings.push(ring);
      return ring;
    },
    /** What an operator does beside. */
    operate: (collection: DocumentCollection, sealer: KeySealer = common.sealer) =>
      createKeyAdministration({ ...common, collection, sealer }),
  };
}

/** A key as it was stored before there were states. */
export function earlierKey(kid: string, alg: 'ES256' | 'EdDSA' = 'ES256'): Document {
  return { ...toJwk(createPrivateKey(alg)), kid, alg, use: 'sig', createdAt: new Date(START) };
}

/** A store with these keys. */
export function storeWith(keys: readonly Document[]) {
  return createKeyCollection(new Map([[SIGNING_KEYS_ID, { _id: SIGNING_KEYS_ID, keys }]]));
}

/** The keys as they are stored. */
export function keysIn(documents: Map<unknown, Document>): Document[] {
  return documents.get(SIGNING_KEYS_ID)?.keys as Document[];
}

/** Waits until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
