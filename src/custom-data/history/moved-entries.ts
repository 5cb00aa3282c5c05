/**
 * Entries of histories that move from one store to another.
 *
 * A revision is a hash under a key of the store, so it is made anew of the document. What a write was about to do when
 * the history was exported is such a hash as well, and is left behind.
 */
import type { DocumentCollection } from '../../store/port.ts';
import { revisionOf } from '../revision.ts';
import { createHistoryEntries } from './entries.ts';
import {
  type Change,
  createEntryAt,
  documentOf,
  entryId,
  type HistoryEntry,
  isTooLarge,
} from './entry.ts';

/** An entry without what belongs to its store. */
export interface MovedEntry
  extends Pick<HistoryEntry, 'userId' | 'sequence' | 'start'>,
    Pick<Change, 'writer' | 'at' | 'stored'> {
  /** Whether there was a document that was too large to keep. */
  readonly isTooLarge: boolean;
}

/** What became of an entry. */
export type EntryOutcome =
  | { readonly type: 'IMPORTED' | 'PRESENT' }
  | { readonly type: 'REFUSED'; readonly reason: string };

/** What an import of entries is made of. */
export interface EntryImportParts {
  /** The collection that `HISTORY_COLLECTION` describes. */
  readonly collection: DocumentCollection;
  readonly revisionKey: Uint8Array;
  /** Whether nothing is to be written. */
  readonly isDryRun: boolean;
}

/** Imports entries in the order of user and number, over any number of calls; an outcome for each. */
export type ImportEntries = (entries: readonly MovedEntry[]) => Promise<readonly EntryOutcome[]>;

/** An entry to import, and the one here that has its place. */
interface Placed {
  readonly entry: HistoryEntry;
  readonly found: HistoryEntry | undefined;
}

/** What is known of a user whose entries are imported. */
interface User {
  readonly id: string;
  /** Number of the oldest entry that is here; `undefined`: there is none. */
  readonly oldest: number | undefined;
  /** Whether nothing but what is imported has been found here. */
  isOwn: boolean;
}

const FOREIGN = { type: 'REFUSED', reason: 'The user has another history here' } as const;

/** Of an entry what moves. */
export function toMovedEntry(entry: HistoryEntry): MovedEntry {
  const { at, sequence, start, userId, writer } = entry;
  const [stored, isLarge] = [documentOf(entry), isTooLarge(entry)];
  return { userId, sequence, writer, at, start, stored, isTooLarge: isLarge };
}

/**
 * Creates the import. Where a user has a history that is not the one that is imported, the entries from the first that
 * differs on are refused.
 */
export function createEntryImport(parts: EntryImportParts): ImportEntries {
  const entries = createHistoryEntries(parts.collection, 0);
  // Whose entries the last batch ended with: the next one may go on with them.
  let last: User | undefined;

  /** Begins with the oldest entry of the user's that is imported. */
  async function beginUser({ entry, found }: Placed): Promise<User> {
    const { sequence, userId: id } = entry;
    const oldest = (await entries.oldest(id))?.sequence;
    return { id, oldest, isOwn: found !== undefined || oldest === undefined || sequence < oldest };
  }

  async function importOne(user: User, { entry, found }: Placed): Promise<EntryOutcome> {
    if (found !== undefined && !isSame(found, entry)) user.isOwn = false;
    if (!user.isOwn) return FOREIGN;
    // It was here, and newer ones have pushed it out.
    const isPast = user.oldest !== undefined && entry.sequence < user.oldest;
    if (found !== undefined || isPast) return { type: 'PRESENT' };
    if (parts.isDryRun || (await entries.add(entry))) return { type: 'IMPORTED' };
    user.isOwn = false;
    return FOREIGN;
  }

  /** One after the other, so that what is cut off is the beginning of a history. */
  async function importRun(run: readonly [Placed, ...Placed[]]) {
    const [first] = run;
    const user = last?.id === first.entry.userId ? last : await beginUser(first);
    const outcomes: EntryOutcome[] = [];
    for (const each of run) outcomes.push(await importOne(user, each));
    return { user, outcomes };
  }

  return async (moved) => {
    const made = moved.map((each) => toEntry(each, parts.revisionKey));
    const filter = { _id: { $in: made.map(({ _id }) => _id) } };
    const found = await parts.collection.find<HistoryEntry>(filter);
    const byId = new Map(found.map((entry) => [entry._id, entry]));
    const runs = toRuns(made.map((entry) => ({ entry, found: byId.get(entry._id) })));
    const results = await Promise.all(runs.map(importRun));
    last = results.at(-1)?.user ?? last;
    return results.flatMap(({ outcomes }) => outcomes);
  };
}

/** Neighbours of one user. */
function toRuns(placed: readonly Placed[]): [Placed, ...Placed[]][] {
  const runs: [Placed, ...Placed[]][] = [];
  for (const each of placed) {
    const run = runs.at(-1);
    if (run?.[0].entry.userId === each.entry.userId) run.push(each);
    else runs.push([each]);
  }
  return runs;
}

function toEntry(moved: MovedEntry, revisionKey: Uint8Array): HistoryEntry {
  const { at, sequence, stored, userId, writer } = moved;
  // Of a document that nobody has any more there is nothing to make a hash of but its place.
  const place = Buffer.from(`too large ${entryId(userId, sequence)}`);
  const known = stored?.bytes ?? (moved.isTooLarge ? place : null);
  const revision = known === null ? null : revisionOf(known, revisionKey);
  return createEntryAt(moved, { writer, at, stored, revision });
}

function isSame(one: HistoryEntry, other: HistoryEntry): boolean {
  return (
    one.revision === other.revision &&
    one.writer === other.writer &&
    one.at.getTime() === other.at.getTime()
  );
}
