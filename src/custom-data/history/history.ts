/** The history of the users' documents: written by a recorder, read in pages, bounded, deletable. */
import type { Deadline } from '../../deadline.ts';
import { badInput, GatewayError } from '../../errors.ts';
import type { DocumentCollection } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';
import type { FieldNode } from '../schema/field-tree.ts';
import { type Cursors, createCursors } from './cursor.ts';
import { createHistoryEntries, type HistoryEntries } from './entries.ts';
import { documentOf } from './entry.ts';
import { type HistoryRevision, type PlacedRevision, readRevisions } from './page.ts';
import { createRecorder, NO_RECORDER, type Recorder, type RecorderParts } from './recorder.ts';

/** Which part of a history is read. */
export interface HistoryQuery {
  /** How many revisions at most; at least 1. */
  readonly first: number;
  /** Cursor of the last revision that was read before. */
  readonly after?: string | null | undefined;
  /** The fields of a schema whose hidden ones are not shown; absent: all are. */
  readonly fields?: FieldNode | undefined;
}

/** One part of a history, the newest revision first: a connection of the Relay specification. */
export interface HistoryConnection {
  readonly edges: readonly { readonly cursor: string; readonly node: HistoryRevision }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** The history of the users' documents. */
export interface History extends Recorder {
  /** Whether any history is kept. */
  readonly isKept: boolean;
  /** Reads a part; `null` if no history is kept. Fails with `BAD_USER_INPUT` for a bad cursor. */
  read(userId: string, query: HistoryQuery): Promise<HistoryConnection | null>;
  /**
   * The document at a revision that is kept. Fails with `REVISION_NOT_FOUND`, or with `BAD_USER_INPUT` if
   * no history is kept.
   */
  find(userId: string, revision: string): Promise<Document>;
  /** Deletes the history of the user, also one that was kept under an earlier configuration. */
  deleteAll(userId: string): Promise<void>;
  /** The same for one request. */
  within(deadline: Deadline): History;
}

/** No history: costs nothing and holds nothing. */
export const NO_HISTORY: History = {
  isKept: false,
  ...NO_RECORDER,
  read: async () => null,
  find: async () => {
    throw badInput('No history of documents is kept');
  },
  deleteAll: async () => undefined,
  within: () => NO_HISTORY,
};

/** No history, but one that was kept before can be deleted: `open` is called when it is. */
export function createNoHistory(open: () => Promise<DocumentCollection>): History {
  return {
    ...NO_HISTORY,
    deleteAll: async (userId) => createHistoryEntries(await open(), 0).deleteAll(userId),
    within: (deadline) => createNoHistory(async () => (await open()).within(deadline)),
  };
}

/** What a history is made of. */
export interface HistoryParts extends Omit<RecorderParts, 'entries'> {
  /** Where the entries are. */
  readonly collection: DocumentCollection;
  /** How many revisions of each document are kept; at least 1. */
  readonly keep: number;
}

/** Creates the history of all documents. */
export function createHistory(parts: HistoryParts): History {
  return createAccess(parts, createCursors(parts.revisionKey));
}

function createAccess(parts: HistoryParts, cursors: Cursors): History {
  const { collection, keep } = parts;
  const entries = createHistoryEntries(collection, keep);
  return {
    isKept: true,
    ...createRecorder({ ...parts, entries }),
    deleteAll: (userId) => entries.deleteAll(userId),
    find: (userId, revision) => findDocument(entries, userId, revision),
    within: (deadline) =>
      createAccess({ ...parts, collection: collection.within(deadline) }, cursors),
    async read(userId, { first, after, fields }) {
      const before = after == null ? undefined : cursors.open(userId, after);
      // One more than asked for tells whether there is a next page.
      const found = await readRevisions(entries, userId, { before, limit: first + 1 }, fields);
      const edges = found.slice(0, first).map(({ sequence, ...node }: PlacedRevision) => ({
        cursor: cursors.seal(userId, sequence),
        node,
      }));
      return {
        edges,
        pageInfo: {
          hasNextPage: found.length > first,
          hasPreviousPage: before !== undefined,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      };
    },
  };
}

async function findDocument(
  entries: HistoryEntries,
  userId: string,
  revision: string,
): Promise<Document> {
  const entry = await entries.find(userId, revision);
  const stored = entry === null ? null : documentOf(entry);
  // The oldest entry is no part of what is shown, so it is none of what can be brought back.
  const isShown = async (sequence: number) => {
    const [before] = await entries.list(userId, { before: sequence, limit: 1 });
    return before?.sequence === sequence - 1;
  };
  if (entry === null || stored === null || !(await isShown(entry.sequence))) {
    throw new GatewayError('REVISION_NOT_FOUND', {});
  }
  return stored.document;
}
