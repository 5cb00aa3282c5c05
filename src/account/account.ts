/** One account as it is stored. */
import { GatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import type { Identity } from './identities.ts';

/** A user of the gateway. */
export interface Account {
  /** The user id: 24 hex digits, never changed. */
  readonly _id: string;
  readonly createdAt: Date;
  /** A disabled account cannot be logged in to. */
  readonly disabled: boolean;
  readonly identities: readonly Identity[];
  /** What identities are found by (`identityKeysOf`), unique among all accounts. */
  readonly identityKeys: readonly string[];
  /** How often all sessions were ended at once; absent: never. A log-in that ran meanwhile is void. */
  readonly sessionCuts?: number;
  /**
   * How often a reset has removed every other way in; absent: never. API keys that were made before are
   * disabled, and sessions that began before make and link nothing.
   */
  readonly purges?: number;
  /** When the deletion of the account began; to everyone it is gone from then on. */
  readonly deletedAt?: Date;
}

/** An account as the store types it. */
export type AccountDocument = Account & Document;

/** Filter of accounts that nobody has begun to delete. */
export const NOT_DELETED = { deletedAt: { $exists: false } } as const;
/** Makes log-ins void that run now. Only ever compared with itself, so it does no harm if the driver counts twice. */
export const CUT = { $inc: { sessionCuts: 1 } } as const;

/** Fails with `INVALID_CREDENTIALS` if the account is disabled. */
export function assertEnabled(account: Account): void {
  if (!account.disabled) return;
  throw new GatewayError('INVALID_CREDENTIALS', { reason: 'ACCOUNT_DISABLED' });
}

/** The account, or `null`. By `_id` alone, which every database looks up in its primary index. */
export async function findAccount(
  collection: DocumentCollection,
  userId: string,
): Promise<Account | null> {
  const account = await collection.findOne<AccountDocument>({ _id: userId });
  return account?.deletedAt === undefined ? account : null;
}
