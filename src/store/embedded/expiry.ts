/** Removing documents that have expired. */
import { decodePlain } from '../stored-document.ts';
import type { Access } from './collection-access.ts';
import { replace } from './document-writes.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { entryKeys, expiryKey, type OpenIndex } from './index-entries.ts';

/** What a sweep removed. */
export interface Removal {
  readonly removed: number;
  /** How many of them could not be read. */
  readonly damaged: number;
}

/** Most entries of an index that one transaction looks at: others wait for the writer's lock meanwhile. */
const BATCH = 100;

/** Removes the documents that have expired at `time` (epoch ms), those of longest ago first. */
export async function removeExpired(access: Access, time: number): Promise<Removal> {
  let [removed, damaged] = [0, 0];
  // Read first: a sweep that finds nothing must not take the writer's lock.
  while (access.read((collection) => dueEntries(collection, time).length > 0)) {
    const batch = await access.write((collection) => removeBatch(collection, time));
    removed += batch.removed;
    damaged += batch.damaged;
  }
  return { removed, damaged };
}

interface DueEntry {
  readonly index: OpenIndex;
  readonly key: Buffer;
  readonly documentKey: Buffer;
}

function dueEntries({ indexes }: OpenCollection, time: number): DueEntry[] {
  return indexes
    .filter(({ kind }) => kind === 'expiry')
    .flatMap((index) =>
      [...index.database.getRange({ end: expiryKey(time), limit: BATCH })].map(
        ({ key, value: documentKey }) => ({ index, key, documentKey }),
      ),
    );
}

/** Every entry it looks at is gone afterwards, so that the next batch finds others. */
function removeBatch(collection: OpenCollection, time: number): Removal {
  const damaged = new Map<string, Buffer>();
  let removed = 0;
  for (const entry of dueEntries(collection, time)) {
    const { documentKey } = entry;
    const bytes = collection.documents.get(documentKey);
    const listed = bytes === undefined ? false : isListed(entry, bytes);
    if (listed === 'unreadable') damaged.set(documentKey.toString('latin1'), documentKey);
    if (listed === true) {
      replace(collection, documentKey, bytes, undefined);
      removed += 1;
    } else void entry.index.database.remove(entry.key);
  }
  if (damaged.size > 0) removeUnreadable(collection, damaged);
  return { removed: removed + damaged.size, damaged: damaged.size };
}

/** Whether the document is what the entry says; the entry of one that was changed past us is not. */
function isListed({ index, key, documentKey }: DueEntry, bytes: Buffer): boolean | 'unreadable' {
  try {
    const keys = entryKeys(index, decodePlain(bytes), documentKey);
    return keys.includes(key.toString('latin1'));
  } catch {
    return 'unreadable';
  }
}

/** Nothing says under which keys the indexes list them, so every entry is looked at. */
function removeUnreadable(
  { documents, indexes }: OpenCollection,
  damaged: ReadonlyMap<string, Buffer>,
): void {
  for (const { database } of indexes) {
    const entries = [...database.getRange({})].filter(({ value }) =>
      damaged.has(value.toString('latin1')),
    );
    for (const { key, value } of entries) void database.remove(key, value);
  }
  for (const key of damaged.values()) void documents.remove(key);
}
