/** What an operator may do to users. Gateways that run meanwhile take part: all state is in the store. */
import { emailIdentity } from '../account/account.ts';
import type { AccountQuery } from '../account/account-lists.ts';
import type { Registration } from '../account/registration.ts';
import type { StoredUsers } from './user-parts.ts';

/** What an operator may do. A user is named by user id or by the e-mail address they log in with. */
export type UserAdministration = ReturnType<typeof createUserAdministration>;

/** Creates the administration. Where it answers with a user id, `null` says that there is no such user. */
export function createUserAdministration(stored: StoredUsers) {
  const { accounts, registrations, tell } = stored;

  const findAccount = async (user: string) =>
    isEmail(user) ? accounts.findByEmail(user) : accounts.find(user);

  const findRegistration = async (user: string): Promise<Registration | null> =>
    isEmail(user) ? registrations.find(user) : registrations.findByUserId(user);

  const setDisabled = async (user: string, isDisabled: boolean): Promise<string | null> => {
    const found = await findAccount(user);
    const account = found === null ? null : await accounts.setDisabled(found._id, isDisabled);
    if (account === null) return null;
    const userId = account._id;
    tell({ type: isDisabled ? 'USER_DISABLED' : 'USER_ENABLED', userId });
    if (isDisabled) await stored.endStored(userId, 'USER_DISABLED');
    return userId;
  };

  return {
    /** One page of users, and the id after which the next begins; `null`: that was the last. */
    async list(query: AccountQuery) {
      // One more than asked for tells whether there is another page.
      const found = await accounts.list({ ...query, limit: query.limit + 1 });
      const page = found.slice(0, query.limit);
      const last = found.length > page.length ? page.at(-1) : undefined;
      return { accounts: page, next: last?._id ?? null };
    },

    /** Refuses every log-in and ends every session. */
    disable: (user: string) => setDisabled(user, true),
    /** Allows log-ins again. */
    enable: (user: string) => setDisabled(user, false),

    /** Ends every session. */
    async revokeSessions(user: string): Promise<string | null> {
      const account = await findAccount(user);
      if (account === null) return null;
      await stored.endSessions(account._id, 'REVOKED');
      return account._id;
    },

    /** Deletes the user, or a registration that nobody has logged in with. */
    async delete(user: string): Promise<string | null> {
      const userId = isEmail(user) ? (await findAccount(user))?._id : user;
      if (userId !== undefined && (await stored.deleteUser(userId))) return userId;
      const registration = await findRegistration(user);
      if (registration === null) return null;
      // Linked to another account it is that user's, whatever id it once promised.
      const owner = await accounts.findByIdentity(emailIdentity(registration.email));
      if (owner !== null) return null;
      await registrations.deleteAll([registration._id]);
      tell({ type: 'USER_DELETED', userId: registration.userId });
      return registration.userId;
    },
  };
}

/** User ids have no `@`. */
function isEmail(user: string): boolean {
  return user.includes('@');
}
