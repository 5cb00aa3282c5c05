/** Sessions as the store keeps them. A session that ended is gone. */
import { randomBytes } from 'node:crypto';
import { unauthenticated } from '../errors.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import type { RefreshState } from './refresh-rotation.ts';

/** Whether a refresh replaces the refresh token: see `refresh-tokens.ts`. */
export type RefreshMode = 'rotating' | 'fixed';

/** One session. Refresh tokens appear as hashes only. */
export interface SessionRecord extends Document, RefreshState {
  /** Session id (`sid`). */
  readonly _id: string;
  readonly userId: string;
  readonly createdAt: Date;
  /** When the latest refresh token expires; the store removes the session then. */
  readonly expiresAt: Date;
  readonly refreshMode: RefreshMode;
  /** `Account.purges` at the log-in. With another one by now the session adds no way in to the account. */
  readonly purges?: number;
}

/** Where sessions live. */
export const SESSIONS_COLLECTION: CollectionDefinition = {
  name: 'sessions',
  indexes: ['userId'],
  expiresAt: 'expiresAt',
};

const TIME_BYTES = 4;
const RANDOM_BYTES = 12;
const MILLISECONDS_PER_SECOND = 1000;

/** Access to the stored sessions. */
export type SessionRecords = ReturnType<typeof createSessionRecords>;

/**
 * A new session id: the second in which it is made, at `now` (epoch milliseconds), and 96 random bits; base64url.
 *
 * Sessions of one moment lie together then, and a log-in writes where the one before wrote: with a random id each
 * would write a page of its own, of as many as there are sessions.
 */
export function createSessionId(now: number): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeUInt32BE(Math.floor(now / MILLISECONDS_PER_SECOND) % 2 ** 32);
  return Buffer.concat([time, randomBytes(RANDOM_BYTES)]).toString('base64url');
}

/** Creates the access to stored sessions. `now` is epoch milliseconds. */
export function createSessionRecords(collection: DocumentCollection, now: () => number) {
  return {
    async insert(record: SessionRecord) {
      try {
        await collection.insertOne(record);
      } catch (error) {
        // The id is random, so this is the driver's retry meeting its own first try.
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
    },

    /** The session, which belongs to `userId` and has not ended; fails with `SESSION_ENDED` otherwise. */
    async requireActive(sessionId: string, userId: string) {
      // By `_id` alone, which every database looks up in its primary index.
      const record = await collection.findOne<SessionRecord>({ _id: sessionId });
      // The store removes expired sessions in its own time, so the date decides.
      if (record?.userId !== userId || record.expiresAt.getTime() <= now()) {
        throw unauthenticated('SESSION_ENDED');
      }
      return record;
    },

    /** Changes what is known of the refresh tokens if it still is as in the record; `false` if it is not. */
    async rotate(
      { _id, refreshTokenHash, latestPresented }: SessionRecord,
      next: Partial<RefreshState> & { readonly expiresAt?: Date },
    ) {
      // Absent in sessions that the version before stored.
      const presented = latestPresented === true ? true : { $ne: true };
      const filter = { _id, refreshTokenHash, latestPresented: presented };
      return (await collection.findOneAndUpdate(filter, { $set: { ...next } })) !== null;
    },

    /** Ends the session; `false`: it had ended. */
    async end(sessionId: string): Promise<boolean> {
      return (await collection.deleteOne({ _id: sessionId })).deletedCount === 1;
    },

    /** Ends every session of the user; how many there were. */
    async endAll(userId: string): Promise<number> {
      return (await collection.deleteMany({ userId })).deletedCount;
    },
  };
}
