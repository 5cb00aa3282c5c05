/** Documents and sessions in memory, and what tells subscribers of their changes: its looks are asked for. */
import { ObjectId } from '../../src/bson.ts';
import { createCustomData } from '../../src/custom-data/custom-data.ts';
import { createDeadline } from '../../src/deadline.ts';
import { serviceUnavailable } from '../../src/errors.ts';
import { type Changes, createChanges } from '../../src/session/changes/changes.ts';
import type { Document } from '../../src/values/documents.ts';
import { toStored } from './bson-bytes.ts';
import { KEY, merge } from './custom-data.ts';
import { createMemoryCollection } from './memory-collection.ts';

/** The id of the user with a number. */
export const userId = (number: number) => number.toString(16).padStart(24, '0');

/** Creates the world, at second 1000. `perUser` and `most` are the places; `marks`: the store tells of its changes. */
export function createChangesWorld({ perUser = 10, most = 100, marks = false } = {}) {
  const collection = createMemoryCollection();
  const sessions = new Set<string>();
  let time = 1_000_000;
  let mark = 0;
  let isDown = false;
  const looks = { documents: 0, sessions: 0, reads: 0 };
  const customData = createCustomData({
    collection,
    userIdField: 'userId',
    claimEncoding: 'relaxed',
    revisionKey: KEY,
    now: () => time,
    onChange: (id) => changes.noteChange(id),
  });
  const answer = () => {
    if (isDown) throw serviceUnavailable(new Error('down'));
  };
  const changes: Changes = createChanges({
    limits: { perUser, most },
    documents: () => ({
      async readRevisions(ids, onFound) {
        looks.documents += 1;
        answer();
        await customData.readRevisions(ids, onFound);
      },
      async readSnapshot(id) {
        looks.reads += 1;
        answer();
        return customData.readSnapshot(id);
      },
    }),
    async activeSessions(ids) {
      looks.sessions += 1;
      answer();
      return new Set(ids.filter((id) => sessions.has(id)));
    },
    openDeadline: () => createDeadline(),
    changeMark: () => (marks ? mark : null),
    log: { info: () => undefined, warn: () => undefined },
    now: () => time,
  });
  return {
    changes,
    looks,
    sessions,
    write: (user: number, fields: object) => customData.write(userId(user), merge(fields)),
    /** Writes as others do: nobody here is told. */
    writeOutside(user: number, fields: Document, id: unknown = userId(user)) {
      const { documents } = collection;
      const own = documents.filter(({ document }) => document.userId !== id);
      documents.splice(0, documents.length, ...own);
      documents.push(toStored({ _id: new ObjectId(), userId: id, ...fields }));
      mark += 1;
    },
    removeOutside(user: number) {
      const { documents } = collection;
      const own = documents.filter(({ document }) => String(document.userId) !== userId(user));
      documents.splice(0, documents.length, ...own);
      mark += 1;
    },
    note() {
      mark += 1;
    },
    fail(isFailing: boolean) {
      isDown = isFailing;
    },
    wait(milliseconds: number) {
      time += milliseconds;
    },
    /** What somebody is subscribed with whose token shows what is stored. */
    async subscribe(user: number, { session = 'session', expiresAt = 2000 } = {}) {
      sessions.add(session);
      const { revision = null } = await customData.readSnapshot(userId(user));
      const holder = { userId: userId(user), sessionId: session, expiresAt };
      return changes.open(holder, revision);
    },
  };
}
