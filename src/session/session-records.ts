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
import type { SeenRequest } from './seen-request.ts';

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
  /** Who logged in, as far as it was told. Sessions of the version before do not know it. */
  readonly client?: SessionClient;
}

/** What is kept of the client that logged in. */
export interface SessionClient {
  /** Its address, behind as many proxies as are trusted. */
  readonly address: string;
  /** The start of its `User-Agent`. */
  readonly userAgent?: string;
}

/** What a user is shown of a session. */
export interface UserSession {
  readonly id: string;
  readonly createdAt: Date;
  /** When its refresh token was last traded, or it began. App Services sessions trade none. */
  readonly refreshedAt: Date;
  readonly userAgent: string | null;
  readonly address: string | null;
  /** Whether it is the session of whoever asks. */
  readonly isCurrent: boolean;
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
const MAX_USER_AGENT = 256;
/** Session ids of every version are shorter. */
const MAX_SESSION_ID = 64;
/** Sessions that are listed, the newest. */
const MAX_LISTED = 200;

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

    /** The ids of those of these sessions that have not ended. */
    async activeAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
      const found = await collection.find<Pick<SessionRecord, '_id' | 'expiresAt'>>(
        { _id: { $in: [...sessionIds] } },
        { projection: { expiresAt: 1 } },
      );
      const active = found.filter(({ expiresAt }) => expiresAt.getTime() > now());
      return new Set(active.map(({ _id }) => _id));
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

    /** Ends the session if it is the user's and has not ended; whether it was so. */
    async endOwn(sessionId: string, userId: string): Promise<boolean> {
      if (sessionId.length > MAX_SESSION_ID) return false;
      const filter = { _id: sessionId, userId, expiresAt: { $gt: new Date(now()) } };
      return (await collection.deleteOne(filter)).deletedCount > 0;
    },

    /** The user's sessions that have not ended, at most `MAX_LISTED`, the newest first. */
    list: (userId: string) =>
      collection.find<SessionRecord>(
        { userId, expiresAt: { $gt: new Date(now()) } },
        { sort: { createdAt: -1, _id: 1 }, limit: MAX_LISTED },
      ),

    /** The sessions of these users, those that have expired and are not removed yet included. */
    listOf: (userIds: readonly string[]): Promise<SessionRecord[]> =>
      collection.find<SessionRecord>({ userId: { $in: [...userIds] } }),

    /** Ends the session if it was not refreshed since it was read; `false` if it was. One that is gone has ended. */
    async endUnchanged({ _id, refreshTokenHash, expiresAt }: SessionRecord): Promise<boolean> {
      const { deletedCount } = await collection.deleteOne({ _id, refreshTokenHash, expiresAt });
      return deletedCount === 1 || (await collection.findOne({ _id })) === null;
    },

    /** Ends every session of the user; how many there were. */
    async endAll(userId: string): Promise<number> {
      return (await collection.deleteMany({ userId })).deletedCount;
    },
  };
}

/** What a session keeps of the request that began it. */
export function clientOf({ headers, ip }: SeenRequest): SessionClient {
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT);
  return { address: ip, ...(userAgent ? { userAgent } : {}) };
}

/** What a user is shown of a session; `currentId` is that of the one they ask with. */
export function toUserSession(record: SessionRecord, currentId: string): UserSession {
  const { _id: id, client, createdAt, traded } = record;
  return {
    id,
    createdAt,
    refreshedAt: traded.at(-1)?.tradedAt ?? createdAt,
    userAgent: client?.userAgent ?? null,
    address: client?.address ?? null,
    isCurrent: id === currentId,
  };
}
