/** Expiry on a database without TTL indexes: the store removes what has expired, as the server would. */
import type { Collection, Filter as DriverFilter } from 'mongodb';
import type { Log } from '../../log.ts';
import type { Document } from '../../values/documents.ts';
import { sweepRegularly } from '../sweeper.ts';
import type { Runner } from './runner.ts';

/** Documents removed by one command, so that no command takes long. */
const BATCH = 500;

/** The collections that the store sweeps. It does nothing while there are none. */
export type Expiry = ReturnType<typeof createExpiry>;

/** What the sweeper needs. */
export interface ExpiryParts {
  readonly runner: Runner;
  /** The clock, epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** Creates the sweeper of one store. */
export function createExpiry({ runner, now, log }: ExpiryParts) {
  const swept = new Map<string, () => Promise<number>>();
  let stop: (() => void) | undefined;
  const removeExpired = async () => {
    let removed = 0;
    for (const sweep of swept.values()) removed += await sweep();
    return removed;
  };
  return {
    /** Has the documents of `collection` removed once the date in `field` has passed. */
    add(collection: Collection, field: string) {
      swept.set(`${collection.namespace}/${field}`, () =>
        sweepCollection(collection, runner, { [field]: { $lte: new Date(now()) } }),
      );
      stop ??= sweepRegularly(removeExpired, (error) => {
        log.error({ err: error }, 'expired documents could not be removed');
      });
    },
    /** Removes every expired document now; returns how many. A timer does it every minute. */
    removeExpired,
    /** Ends the timer. */
    stop: () => stop?.(),
  };
}

async function sweepCollection(
  collection: Collection,
  runner: Runner,
  expired: Document,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const ids = await runner.run(async () => {
      const found = collection.find(expired, { projection: { _id: 1 }, limit: BATCH });
      return (await found.toArray()).map(({ _id }) => _id);
    });
    if (ids.length === 0) return removed;
    // The date once more: a document that was prolonged in between stays.
    const filter: DriverFilter<Document> = { ...expired, _id: { $in: ids } };
    const { deletedCount } = await runner.run(() => collection.deleteMany(filter));
    removed += deletedCount;
    if (ids.length < BATCH || deletedCount === 0) return removed;
  }
}
