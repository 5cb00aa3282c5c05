/** What an operator may do to users. Gateways that run meanwhile take part: all state is in the store. */
import type { Account } from '../account/account.ts';
import { emailIdentity } from '../account/account.ts';
import type { AccountQuery } from '../account/accounts.ts';
import type { Registration } from '../account/registration.ts';
import type { StoredUsers } from './user-parts.ts';

/** Acts on users. A user is named by user id or by the e-mail address they log in with. */
export interface UserAdministration {
  /** One page of users, and the id after which the next begins; `null`: that was the last. */
  list(query: AccountQuery): Promise<{
    readonly accounts: readonly Account[];
    readonly next: string | null;
  }>;
  /** Refuses every log-in and ends every session. `null`, here and below: there is no such user. */
  disable(user: string): Promise<string | null>;
  /** Allows log-ins again. */
  enable(user: string): Promise<string | null>;
  /** Ends every session. */
  revokeSessions(user: string): Promise<string | null>;
  /** Deletes the user, or a registration that nobody has logged in with, and returns the user id. */
  delete(user: string): Promise<string | null>;
}

/** Creates the administration. */
export function createUserAdministration(stored: StoredUsers): UserAdministration {
  const { accounts, registrations, records } = stored;

  const findAccount = async (user: string) =>
    isEmail(user) ? accounts.findByEmail(user) : accounts.find(user);

  const findRegistration = async (user: string): Promise<Registration | null> =>
    isEmail(user) ? registrations.find(user) : registrations.findByUserId(user);

  const setDisabled = async (user: string, isDisabled: boolean) => {
    const found = await findAccount(user);
    const account = found === null ? null : await accounts.setDisabled(found._id, isDisabled);
    if (account === null) return null;
    if (isDisabled) await records.endAll(account._id);
    return account._id;
  };

  return {
    async list(query) {
      // One more than asked for tells whether there is another page.
      const found = await accounts.list({ ...query, limit: query.limit + 1 });
      const page = found.slice(0, query.limit);
      return {
        accounts: page,
        next: found.length > page.length ? (page.at(-1)?._id ?? null) : null,
      };
    },

    disable: (user) => setDisabled(user, true),
    enable: (user) => setDisabled(user, false),

    async revokeSessions(user) {
      const account = await findAccount(user);
      if (account === null) return null;
      await stored.endSessions(account._id);
      return account._id;
    },

    async delete(user) {
      const userId = isEmail(user) ? (await findAccount(user))?._id : user;
      if (userId !== undefined && (await stored.deleteUser(userId))) return userId;
      const registration = await findRegistration(user);
      if (registration === null) return null;
      // Linked to another account it is that user's, whatever id it once promised.
      const owner = await accounts.findByIdentity(emailIdentity(registration.email));
      if (owner !== null) return null;
      await registrations.deleteAll([registration._id]);
      return registration.userId;
    },
  };
}

/** User ids have no `@`. */
function isEmail(user: string): boolean {
  return user.includes('@');
}
