/** The use case of reading the history of one's own document. */
import type { CustomData } from '../custom-data/custom-data.ts';
import type { HistoryConnection } from '../custom-data/history/history.ts';
import { GatewayError } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { SessionRecords } from './session-records.ts';

/** Which part of the history a client asks for. */
export interface HistoryPage {
  /** How many revisions; `null` is as good as absent. */
  readonly first?: number | null | undefined;
  /** A cursor that the client was given. */
  readonly after?: string | null | undefined;
}

/** Reads histories for users. */
export interface DocumentHistory {
  /**
   * The revisions of the caller's document, the newest first; `null`, without any store operation, if no
   * history is kept. Fails with `BAD_USER_INPUT`, with `UNAUTHENTICATED` if the session has ended, and
   * with `SERVICE_UNAVAILABLE`.
   */
  read(caller: AccessClaims, page: HistoryPage): Promise<HistoryConnection | null>;
}

/** What reading takes. */
export interface DocumentHistoryParts {
  readonly customData: CustomData;
  readonly records: SessionRecords;
  /** How many revisions of each document are kept; 0: none. */
  readonly keep: number;
}

const DEFAULT_FIRST = 20;
const MAX_FIRST = 100;

/** Creates the use case. */
export function createDocumentHistory(parts: DocumentHistoryParts): DocumentHistory {
  const { customData, keep, records } = parts;
  return {
    async read(caller, { first, after }) {
      if (keep === 0) return null;
      const limit = first ?? DEFAULT_FIRST;
      if (limit < 1 || limit > MAX_FIRST) {
        const message = `"first" must be from 1 to ${MAX_FIRST}`;
        throw new GatewayError('BAD_USER_INPUT', {}, { message });
      }
      await records.requireActive(caller.sessionId, caller.userId);
      return customData.readHistory(caller.userId, { first: limit, after, viewer: 'USER' });
    },
  };
}
