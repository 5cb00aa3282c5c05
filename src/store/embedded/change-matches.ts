/**
 * Changing documents that a query finds. What an index names is found and changed in one transaction;
 * otherwise documents are found first, in pieces, and each is looked at once more when it is changed.
 */
import type { OpenCollection } from './index-catalogue.ts';
import { findAmong, type Match, matchAt } from './matches.ts';
import { indexedKeys } from './query-plan.ts';
import { firstMatch } from './query-results.ts';
import { FEW, planScan, type Query, type Source, scan } from './query-scan.ts';

/** Most documents that one transaction changes: others wait for the writer's lock meanwhile. */
const BATCH = 100;

/**
 * Changes the first match, in `sort` order if there is one. `change` gets `undefined` if there is none;
 * it runs inside the transaction, and its result is that of the whole.
 */
export async function changeFirst<T>(
  source: Source,
  query: Query,
  change: (collection: OpenCollection, match: Match | undefined) => T,
): Promise<T> {
  const { access, limits } = source;
  const { decode, filter, sort } = query;
  if (sort === undefined && filter.equalities.length > 0) {
    const outcome = await access.write((collection) => {
      const keys = indexedKeys(collection, filter);
      if (keys === undefined || keys.length > FEW) return undefined;
      const [first] = findAmong(collection, keys, filter, decode);
      return { result: change(collection, first) };
    });
    if (outcome !== undefined) return outcome.result;
  }
  // Each turn but the last means that somebody has changed or deleted what was found.
  for (;;) {
    limits.signal.throwIfAborted();
    const found = await firstMatch(source, query);
    const outcome = await access.write((collection) => {
      const match = found && matchAt(collection, found.key, filter, decode);
      const isLost = found !== undefined && match === undefined;
      return isLost ? undefined : { result: change(collection, match) };
    });
    if (outcome !== undefined) return outcome.result;
  }
}

/** Changes every match, a number of them in each transaction. */
export async function changeAll(
  source: Source,
  query: Omit<Query, 'sort' | 'batch'>,
  change: (collection: OpenCollection, match: Match) => void,
): Promise<void> {
  const { access } = source;
  const { decode, filter } = query;
  const plan = planScan(source, query);
  for await (const matches of scan(source, { ...query, batch: BATCH }, plan)) {
    await access.write((collection) => {
      for (const { key } of matches) {
        const match = matchAt(collection, key, filter, decode);
        if (match !== undefined) change(collection, match);
      }
    });
  }
}
