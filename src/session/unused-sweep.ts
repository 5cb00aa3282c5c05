/**
 * Gives up what nobody uses any more: anonymous accounts without a document, and registrations that were never
 * confirmed. Whoever has a document stays.
 *
 * When an account was used is read from what is stored anyway: no log-in and no refresh writes anything for it.
 */
import type { Account } from '../account/account.ts';
import type { Registration } from '../account/registration.ts';
import type { createUnusedProgress } from '../account/unused-progress.ts';
import { ObjectId } from '../bson.ts';
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import type { Log } from '../log.ts';
import { createRepeated } from '../repeated.ts';
import type { SessionRecord } from './session-records.ts';
import type { StoredUsers } from './user-parts.ts';

/** What is looked through. */
export type SweptUsers = Pick<StoredUsers, 'accounts' | 'apiKeys' | 'records' | 'registrations'> & {
  readonly customData: Pick<CustomData, 'has'>;
  readonly deleteUser: StoredUsers['deleteUser'];
};

/** What sweeping takes. */
export interface UnusedSweepParts {
  readonly users: SweptUsers;
  readonly progress: ReturnType<typeof createUnusedProgress>;
  readonly config: Pick<Config, 'anonymousTtlSeconds' | 'registrationTtlSeconds' | 'token'>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const MILLISECONDS_PER_SECOND = 1000;
const INTERVAL_MILLISECONDS = 3_600_000;
/** Accounts that one sweep looks at, and registrations: the next one goes on where it ended. */
const MAX_LOOKED_AT = 10_000;
/** Looked at together, so that there are few questions to the store. */
const TOGETHER = 100;

/** Creates what sweeps: at the start and every hour, or as often as the shorter of the two times says. */
export function createUnusedSweep(parts: UnusedSweepParts) {
  const { anonymousTtlSeconds, registrationTtlSeconds } = parts.config;
  const shortest = Math.min(anonymousTtlSeconds, registrationTtlSeconds) * MILLISECONDS_PER_SECOND;
  const stopping = new AbortController();
  // It never fails: what failed is logged.
  const { run, start, stop } = createRepeated(
    () => sweep(parts, stopping.signal),
    Math.min(INTERVAL_MILLISECONDS, shortest),
  );

  return {
    run,
    /** Sweeps now and regularly from now on. */
    start() {
      start();
      void run();
    },
    /** Sweeps no more; resolves when the one that runs has ended, which is soon. */
    async stop() {
      stopping.abort();
      await stop();
    },
  };
}

async function sweep(parts: UnusedSweepParts, end: AbortSignal): Promise<void> {
  const { config, log, now, progress } = parts;
  try {
    const { accountsAfter, registrationsAfter, since } = await progress.find(
      config.token.refreshTtlSeconds,
    );
    const sweepOf = (ttlSeconds: number) => {
      const before = now() - ttlSeconds * MILLISECONDS_PER_SECOND;
      return since.getTime() <= before ? { before, end } : null;
    };
    const forAccounts = sweepOf(config.anonymousTtlSeconds);
    const forRegistrations = sweepOf(config.registrationTtlSeconds);
    const accounts = forAccounts && (await sweepAccounts(parts, accountsAfter, forAccounts));
    const registrations =
      forRegistrations && (await sweepRegistrations(parts, registrationsAfter, forRegistrations));
    if (accounts === null && registrations === null) return;
    await progress.save({
      ...(accounts && { accountsAfter: accounts.after }),
      ...(registrations && { registrationsAfter: registrations.after }),
    });
    const given = { accounts: accounts?.gone ?? 0, registrations: registrations?.gone ?? 0 };
    if (given.accounts + given.registrations > 0) log.info(given, 'unused users are gone');
  } catch (error) {
    log.warn({ err: error }, 'unused users could not be looked through');
  }
}

/** Until when something must have been used, epoch milliseconds, and what ends the sweep. */
interface Sweep {
  readonly before: number;
  readonly end: AbortSignal;
}

/** Where the next sweep goes on, and how many are gone. */
interface Swept {
  readonly after: string;
  readonly gone: number;
}

/** Goes through what is older, in the order of ids, which is about that of time, and gives each group to `settle`. */
async function goThrough<Item extends { readonly _id: string }>(
  list: (after: string, before: string, limit: number) => Promise<readonly Item[]>,
  after: string,
  { before, end }: Sweep,
  settle: (items: readonly Item[]) => Promise<number>,
): Promise<Swept> {
  const newest = ObjectId.createFromTime(
    Math.floor(before / MILLISECONDS_PER_SECOND),
  ).toHexString();
  let swept = { after, gone: 0 };
  for (let looked = 0; looked < MAX_LOOKED_AT && !end.aborted; looked += TOGETHER) {
    const items = await list(swept.after, newest, TOGETHER);
    const gone = swept.gone + (await settle(items));
    const last = items.length < TOGETHER ? '' : (items.at(-1)?._id ?? '');
    swept = { after: last, gone };
    if (last === '') break;
  }
  return swept;
}

function sweepAccounts(parts: UnusedSweepParts, after: string, limits: Sweep): Promise<Swept> {
  return goThrough(parts.users.accounts.listBefore, after, limits, async (accounts) => {
    let gone = 0;
    for (const unused of await findUnused(parts, accounts, limits.before)) {
      if (limits.end.aborted) break;
      if (await deleteUnused(parts.users, unused)) gone += 1;
    }
    return gone;
  });
}

/** An account that nobody has used, and the sessions that it has nevertheless. */
interface Unused {
  readonly account: Account;
  readonly sessions: readonly SessionRecord[];
}

/** Those of the accounts that are anonymous and of which nothing says that they were used since. */
async function findUnused(
  { config, now, users: { apiKeys, records } }: UnusedSweepParts,
  accounts: readonly Account[],
  before: number,
): Promise<Unused[]> {
  const old = accounts.filter(
    ({ createdAt, identities }) =>
      createdAt.getTime() <= before && identities.every(({ provider }) => provider === 'anon-user'),
  );
  if (old.length === 0) return [];
  const ids = old.map(({ _id }) => _id);
  const [sessions, withKeys] = await Promise.all([records.listOf(ids), apiKeys.ownersAmong(ids)]);
  const refreshTtl = config.token.refreshTtlSeconds * MILLISECONDS_PER_SECOND;
  return old
    .filter(({ _id }) => !withKeys.has(_id))
    .map((account) => ({
      account,
      sessions: sessions.filter(({ userId }) => userId === account._id),
    }))
    .filter(({ sessions: own }) =>
      own.every((session) => lastUseOf(session, refreshTtl, now()) <= before),
    );
}

/**
 * When a session was last refreshed, epoch milliseconds. A fixed refresh token leaves no trace of its use, so such a
 * session counts as used as long as it lives.
 */
function lastUseOf(
  { createdAt, expiresAt, refreshMode }: SessionRecord,
  refreshTtl: number,
  now: number,
): number {
  if (refreshMode === 'fixed') return Math.min(now, expiresAt.getTime());
  return Math.max(createdAt.getTime(), expiresAt.getTime() - refreshTtl);
}

/**
 * Deletes the account unless somebody uses it at this moment: a session that is refreshed now is not ended, and without
 * a session nobody makes a document or links the account.
 */
async function deleteUnused(
  { accounts, customData, deleteUser, records }: SweptUsers,
  { account, sessions }: Unused,
): Promise<boolean> {
  const { _id: userId, identityKeys } = account;
  if (await customData.has(userId)) return false;
  for (const session of sessions) if (!(await records.endUnchanged(session))) return false;
  if ((await customData.has(userId)) || (await accounts.find(userId)) === null) return false;
  return deleteUser(userId, identityKeys);
}

function sweepRegistrations(
  { now, users }: UnusedSweepParts,
  after: string,
  limits: Sweep,
): Promise<Swept> {
  const { customData, registrations } = users;
  const isOver = ({ confirmation, createdAt, isConfirmed }: Registration) =>
    !isConfirmed &&
    createdAt.getTime() <= limits.before &&
    // A link that was mailed a moment ago works.
    (confirmation === undefined || confirmation.expiresAt.getTime() <= now());
  return goThrough(registrations.listBefore, after, limits, async (items) => {
    let gone = 0;
    for (const registration of items.filter(isOver)) {
      if (limits.end.aborted) break;
      if (await customData.has(registration.userId)) continue;
      if (await registrations.withdraw(registration)) gone += 1;
    }
    return gone;
  });
}
