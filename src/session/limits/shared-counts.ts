/**
 * Counts of several gateways on one store. Each counts by itself, and says now and then in one record what is on its
 * way to a limit; it reads what the others say. So a flood of refused attempts costs no write each, and an attempt
 * waits for no store.
 *
 * What is on nobody's way to a limit is told to nobody: while nothing is amiss the store is not asked at all.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { insertOnce } from '../../account/records.ts';
import type { Log } from '../../log.ts';
import type { CollectionDefinition, DocumentCollection } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';
import type { Counted, CountsParts } from './counts.ts';

/** Where gateways tell each other what they have counted. */
export const RATE_LIMITS_COLLECTION: CollectionDefinition = {
  name: 'rate-limits',
  expiresAt: 'expiresAt',
};

/** How long after something was counted the others are told, in milliseconds. */
const SHARING_MILLISECONDS = 2000;
/** Most keys in a record: those that were counted last. */
const MAX_SHARED = 500;
/** Most gateways whose records are read: more than a store has. */
const MAX_GATEWAYS = 256;
const SECRET = 'secret';
const ID_BYTES = 12;

/** What one gateway has counted. */
interface SharedRecord extends Document {
  readonly _id: string;
  readonly counts: readonly (Counted & { readonly key: string })[];
  readonly expiresAt: Date;
}

/** What sharing takes. */
export interface SharedCountsParts {
  /** The collection that `RATE_LIMITS_COLLECTION` describes. */
  readonly collection: DocumentCollection;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Hot extends Counted {
  /** When nothing of it counts any more, epoch milliseconds. */
  readonly until: number;
}

/** Creates what `createCounts` takes, and `stop`, which ends it. */
export function createSharedCounts(parts: SharedCountsParts) {
  const { log, now } = parts;
  const own = new LRUCache<string, Hot>({ max: MAX_SHARED });
  const _id = randomBytes(ID_BYTES).toString('base64url');
  let others: ReadonlyMap<string, readonly Counted[]> = new Map();
  let isChanged = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let last = Number.NEGATIVE_INFINITY;

  async function share(): Promise<void> {
    last = now();
    isChanged = false;
    try {
      await tell(parts.collection, _id, own, now());
      others = await hear(parts.collection, _id);
    } catch (error) {
      // Each goes on by itself: limits are no reason to refuse anybody because a store is away.
      log.warn({ err: error }, 'what was counted for rate limits could not be shared');
    }
  }

  /** Shares at once if it was not done lately, else when it is time: once for whatever changes until then. */
  function expect(): void {
    isChanged = true;
    if (timer !== undefined || running !== undefined || isStopped) return;
    const wait = Math.min(SHARING_MILLISECONDS, Math.max(0, last + SHARING_MILLISECONDS - now()));
    timer = setTimeout(() => {
      timer = undefined;
      running = share().finally(() => {
        running = undefined;
        if (isChanged) expect();
      });
    }, wait).unref();
  }

  return {
    others: (key: string) => others.get(key) ?? [],
    onHot: ((key, counted, { milliseconds }) => {
      own.set(key, { ...counted, until: (counted.window + 2) * milliseconds });
      expect();
    }) satisfies CountsParts['onHot'],

    /** Shares nothing more; resolves when the sharing that runs has ended. */
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function tell(
  collection: DocumentCollection,
  _id: string,
  own: LRUCache<string, Hot>,
  now: number,
): Promise<void> {
  for (const [key, { until }] of [...own]) if (until <= now) own.delete(key);
  const hot = [...own].map(([key, { until, ...counted }]) => ({ key, until, ...counted }));
  const expiresAt = new Date(hot.reduce((max, { until }) => Math.max(max, until), now));
  const counts = hot.map(({ until: _until, ...counted }) => counted);
  await collection.updateOne({ _id }, { $set: { counts, expiresAt } }, { upsert: true });
}

async function hear(
  collection: DocumentCollection,
  _id: string,
): Promise<ReadonlyMap<string, readonly Counted[]>> {
  const records = await collection.find<SharedRecord>(
    { _id: { $nin: [_id, SECRET] } },
    { limit: MAX_GATEWAYS },
  );
  const heard = new Map<string, Counted[]>();
  for (const { key, ...counted } of records.flatMap(({ counts }) => counts)) {
    heard.set(key, [...(heard.get(key) ?? []), counted]);
  }
  return heard;
}

/** What gateways on one store count by: the secret of the store, which is the `proposed` one of the first. */
export async function loadSharedSecret(
  collection: DocumentCollection,
  proposed: string,
): Promise<string> {
  await insertOnce(collection, { _id: SECRET, secret: proposed });
  const stored = await collection.findOne<{ readonly secret: string }>({ _id: SECRET });
  return stored?.secret ?? proposed;
}
