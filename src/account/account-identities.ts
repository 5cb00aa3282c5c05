/** Changes of the identities of an account: each is one operation on one document. */
import { badInput, GatewayError } from '../errors.ts';
import { type DocumentCollection, DuplicateKeyError } from '../store/port.ts';
import {
  type Account,
  type AccountDocument,
  belongsToMailbox,
  CUT,
  createIdentity,
  findAccount,
  type Identity,
  identityKeyOf,
  identityKeysOf,
  type ProvenIdentity,
  PURGE,
} from './account.ts';

/** Most identities of one account: a bound on the size of its document. */
export const MAX_IDENTITIES = 50;

const EMAIL = 'local-userpass';

/** Creates the changes of the identities of accounts. `now` is epoch milliseconds. */
export function createIdentityChanges(collection: DocumentCollection, now: () => number) {
  return {
    /**
     * Adds an identity; nothing happens if the account has it. Fails with `IDENTITY_IN_USE` if another
     * account has it, or it is an e-mail address and the account has one, and with `BAD_USER_INPUT` if the
     * account has too many.
     *
     * @returns `null` if there is no such account, it is disabled, or it was purged since it was as in `purges`.
     */
    async link(userId: string, proven: ProvenIdentity, purges?: number): Promise<Account | null> {
      const identity = createIdentity(proven, now());
      const identityKey = identityKeyOf(identity);
      const linked = await withFreeKeys(identity, (keys) =>
        collection.findOneAndUpdate<AccountDocument>(
          {
            _id: userId,
            disabled: false,
            purges: purges ?? { $exists: false },
            identityKeys: { $ne: identityKey },
            [`identities.${MAX_IDENTITIES - 1}`]: { $exists: false },
            ...(identity.provider === EMAIL ? { 'identities.provider': { $ne: EMAIL } } : {}),
          },
          { $push: { identities: identity, identityKeys: { $each: keys } } },
        ),
      );
      if (linked !== 'taken' && linked !== null) return linked;
      const account = await findAccount(collection, userId);
      if (account === null || account.disabled || account.purges !== purges) return null;
      if (account.identityKeys.includes(identityKey)) return account;
      if (linked === 'taken') throw new GatewayError('IDENTITY_IN_USE', {});
      if (
        identity.provider === EMAIL &&
        account.identities.some(({ provider }) => provider === EMAIL)
      ) {
        const message = 'The account has an e-mail address already';
        throw new GatewayError('IDENTITY_IN_USE', { reason: 'SECOND_EMAIL' }, { message });
      }
      throw badInput(`An account has at most ${MAX_IDENTITIES} identities`);
    },

    /** Takes an identity away again. */
    async unlink(userId: string, proven: ProvenIdentity) {
      const key = identityKeyOf(proven);
      await removeIdentities(collection, userId, (identity) => identityKeyOf(identity) !== key);
    },

    /**
     * Removes every identity but the e-mail address and those whose provider vouches for its mailbox, and
     * voids every API key and what sessions of now might still add.
     *
     * @returns what was removed.
     */
    purge: (userId: string, email: string) =>
      removeIdentities(
        collection,
        userId,
        (identity) => belongsToMailbox(identity, email),
        PURGE.$inc,
      ),
  };
}

/**
 * Runs `write` with every key of the identity, or with its own alone if another account has the others, as
 * accounts of the version before may. `taken`: another account has its own.
 */
export async function withFreeKeys<Result>(
  identity: Identity,
  write: (keys: readonly string[]) => Promise<Result>,
): Promise<Result | 'taken'> {
  const keys = identityKeysOf(identity);
  for (const attempt of keys.length > 1 ? [keys, [identityKeyOf(identity)]] : [keys]) {
    try {
      return await write(attempt);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
    }
  }
  return 'taken';
}

/**
 * Removes the identities that are not to be kept and makes log-ins void that run now, all in one; `PURGE`
 * voids the API keys, too, and what sessions of now might still add.
 *
 * @returns what was removed.
 */
async function removeIdentities(
  collection: DocumentCollection,
  userId: string,
  isKept: (identity: Identity) => boolean,
  counts: Readonly<Record<string, 1>> = CUT.$inc,
): Promise<readonly Identity[]> {
  // Each turn meets an identity that a request has linked meanwhile, and those are bounded.
  for (;;) {
    const account = await findAccount(collection, userId);
    if (account === null) return [];
    const { identityKeys } = account;
    const kept = account.identities.filter(isKept);
    const keptKeys = new Set(kept.flatMap(identityKeysOf));
    const changed = await collection.findOneAndUpdate<AccountDocument>(
      { _id: userId, identityKeys },
      {
        $set: { identities: kept, identityKeys: identityKeys.filter((key) => keptKeys.has(key)) },
        $inc: counts,
      },
    );
    if (changed !== null) return account.identities.filter((identity) => !kept.includes(identity));
  }
}
