/** Sessions in memory with real tokens, a clock that the test moves, and reads that can be made to fail. */
import { createHash } from 'node:crypto';
import type { Account } from '../../src/account/account.ts';
import { isGatewayError, serviceUnavailable, unauthenticated } from '../../src/errors.ts';
import { createIssuer } from '../../src/session/issuer.ts';
import type {
  RefreshMode,
  SessionRecord,
  SessionRecords,
} from '../../src/session/session-records.ts';
import { createSessions, type SessionParts, type Sessions } from '../../src/session/sessions.ts';
import { createTestTokens, HOLDER, type TestTokens } from './test-tokens.ts';

/** What can fail: the read of the account, of the document, or the write of the session. */
export type Fault = 'account' | 'document' | 'session' | null;

/** One user, one session, one gateway or several. */
export interface RefreshWorld {
  readonly made: TestTokens;
  /** The session as stored; `undefined`: it ended. */
  record: SessionRecord | undefined;
  fault: Fault;
  /** Waited for before each operation on the sessions: gives the turn to another request. */
  beforeOperation: () => Promise<void>;
  /** Starts a session and returns its refresh token. */
  logIn(mode?: RefreshMode): Promise<string>;
  readonly refreshTokens: Sessions;
  /** The token that `refreshSession` answers; fails as it does. */
  refresh(token: string): Promise<string>;
}

/** The order of P-256 (FIPS 186-4, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Why it failed: the reason or the code of the error; `ACCEPTED` if it did not. */
export async function outcomeOf(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return 'ACCEPTED';
  } catch (error) {
    if (isGatewayError(error, 'UNAUTHENTICATED')) return error.details.reason;
    if (isGatewayError(error)) return error.code;
    throw error;
  }
}

/** The same ES256 token with the other spelling of its signature: (r, n − s). */
export function withOtherSignature(token: string): string {
  const dot = token.lastIndexOf('.');
  const bytes = Buffer.from(token.slice(dot + 1), 'base64url');
  const half = bytes.length / 2;
  const s = BigInt(`0x${bytes.subarray(half).toString('hex')}`);
  const other = Buffer.from((ORDER - s).toString(16).padStart(half * 2, '0'), 'hex');
  const signature = Buffer.concat([bytes.subarray(0, half), other]).toString('base64url');
  return `${token.slice(0, dot)}.${signature}`;
}

/** The request that logs in. */
const REQUEST = { headers: {}, id: 'request', ip: '192.0.2.1', method: 'POST' };

/** How the version before knew a token. */
export function formerHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Creates the world. */
export async function createRefreshWorld(): Promise<RefreshWorld> {
  const made = await createTestTokens();
  const now = () => made.clock.now;
  const failIf = (fault: Fault) => {
    if (world.fault === fault) throw serviceUnavailable(new Error(`No answer: ${fault}`));
  };
  const records: Omit<SessionRecords, 'listOf' | 'endUnchanged' | 'activeAmong'> = {
    insert: async (record) => {
      world.record = record;
    },
    async requireActive() {
      await world.beforeOperation();
      if (world.record === undefined) throw unauthenticated('SESSION_ENDED');
      return world.record;
    },
    async rotate(current, next) {
      await world.beforeOperation();
      failIf('session');
      const { record } = world;
      const isSame =
        record?.refreshTokenHash === current.refreshTokenHash &&
        (record.latestPresented ?? false) === (current.latestPresented ?? false);
      if (record === undefined || !isSame) return false;
      world.record = { ...record, ...next };
      return true;
    },
    async end() {
      await world.beforeOperation();
      const isThere = world.record !== undefined;
      world.record = undefined;
      return isThere;
    },
    endOwn: async () => false,
    list: async () => [],
    endAll: async () => {
      const count = world.record === undefined ? 0 : 1;
      world.record = undefined;
      return count;
    },
  };
  const parts = {
    records,
    tokens: made.tokens,
    now,
    requestLimits: { guess: ({ run }: { run: () => Promise<unknown> }) => run() },
    tell: () => undefined,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    accounts: {
      find: async () => {
        failIf('account');
        return { _id: HOLDER.userId, disabled: false } as Account;
      },
    },
    customData: {
      readSnapshot: async () => {
        failIf('document');
        return { readAt: now() };
      },
    },
  } as unknown as SessionParts;
  const issuer = createIssuer({ ...parts, budgetBytes: 8000, request: REQUEST });
  const refreshTokens = createSessions({ ...parts, issuer });
  const world: RefreshWorld = {
    made,
    record: undefined,
    fault: null,
    beforeOperation: async () => undefined,
    logIn: async (mode = 'rotating') =>
      (await issuer.startSession({ _id: HOLDER.userId }, { refreshMode: mode })).refreshToken,
    refreshTokens,
    refresh: async (token) => (await refreshTokens.refreshSession(token)).refreshToken,
  };
  return world;
}
