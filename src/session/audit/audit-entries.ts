/** The audit log as the store keeps it: entries in the order of their time, until they expire. */
import { randomBytes } from 'node:crypto';
import { insertOnce } from '../../account/records.ts';
import type { CollectionDefinition, DocumentCollection } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';
import type { SeenUserEvent } from '../user-events.ts';

/** Where the entries are. Found by user, or by time, which their ids begin with. */
export const AUDIT_COLLECTION: CollectionDefinition = {
  name: 'audit',
  indexes: ['userId'],
  expiresAt: 'expiresAt',
};

/** An entry as the store has it: the event, and until when it is kept. */
export type AuditEntry = SeenUserEvent &
  Document & {
    readonly _id: string;
    readonly expiresAt: Date;
  };

/** Which entries are read. */
export interface AuditQuery {
  readonly userId?: string | undefined;
  /** Only those of that time and later, epoch milliseconds. */
  readonly since?: number | undefined;
}

/** Read at once: bounds memory, and how long the store is busy with it. */
const PAGE = 100;
const TIME_DIGITS = 12;
const SEQUENCE_DIGITS = 6;
const RANDOM_BYTES = 4;
const HEX = 16;
const MILLISECONDS_PER_SECOND = 1000;

/** Access to the stored entries. Every operation may fail with `SERVICE_UNAVAILABLE`. */
export type AuditEntries = ReturnType<typeof createAuditEntries>;

/** Makes entries of events; those of one maker and one millisecond keep their order. */
export function createEntryMaker(ttlSeconds: number): (event: SeenUserEvent) => AuditEntry {
  let made = 0;
  return (event) => {
    const time = event.at.getTime();
    made = (made + 1) % HEX ** SEQUENCE_DIGITS;
    const sequence = made.toString(HEX).padStart(SEQUENCE_DIGITS, '0');
    const _id = `${timePart(time)}${sequence}${randomBytes(RANDOM_BYTES).toString('hex')}`;
    const expiresAt = new Date(time + ttlSeconds * MILLISECONDS_PER_SECOND);
    return { _id, ...event, expiresAt };
  };
}

/** Creates the access to the entries in a collection. */
export function createAuditEntries(collection: DocumentCollection) {
  return {
    /** Adds an entry. Adding it twice is harmless. */
    async add(entry: AuditEntry) {
      await insertOnce(collection, entry);
    },

    /** The entries, the oldest first, read as they are asked for. */
    async *read({ since = 0, userId }: AuditQuery): AsyncGenerator<AuditEntry> {
      let after: object = { $gte: timePart(since) };
      for (;;) {
        const filter = { _id: after, ...(userId === undefined ? {} : { userId }) };
        const page = await collection.find<AuditEntry>(filter, { sort: { _id: 1 }, limit: PAGE });
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        after = { $gt: last._id };
      }
    },
  };
}

/** What the ids of a time begin with, in the order of times. */
function timePart(time: number): string {
  return Math.max(0, time).toString(HEX).padStart(TIME_DIGITS, '0');
}
