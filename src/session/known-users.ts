/** Log-ins that make no account: for who has logged in before. */
import type { Accounts } from '../account/accounts.ts';
import { GatewayError } from '../errors.ts';
import type { CredentialCheck } from './log-in.ts';

/** The same check, to which credentials of somebody without an account are wrong: `INVALID_CREDENTIALS`. */
export function forKnownUsers(check: CredentialCheck): CredentialCheck {
  const { apiKeys, apple, authFunctions, externalIssuers, google, providers, registrations } =
    check;
  return {
    ...{ apiKeys, apple, authFunctions, externalIssuers, google, providers, registrations },
    accounts: withoutCreation(check.accounts),
  };
}

function withoutCreation(accounts: Accounts): Accounts {
  const refuse = () => Promise.reject(new GatewayError('INVALID_CREDENTIALS', {}));
  return {
    ...accounts,
    createAnonymous: refuse,
    createUnlessTaken: async () => null,
    async findOrCreate(proven, ...more) {
      // Asked before anything is made: the user creation function would run, too.
      if ((await accounts.findByIdentity(proven)) === null) return refuse();
      return accounts.findOrCreate(proven, ...more);
    },
  };
}
