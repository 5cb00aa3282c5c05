/** Interim. */
import type { Accounts } from '../account/accounts.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { GatewayError, unauthenticated } from '../errors.ts';
import type { ClientAccess } from './client-access.ts';
import type { FunctionCalls } from './function-calls.ts';
import type { Sessions } from './sessions.ts';
import type { Users } from './users.ts';

export function createInterim(
  sessions: Sessions,
  accounts: Accounts,
): { users: Users; functionCalls: FunctionCalls; clientAccess: ClientAccess } {
  const users = {
    registerUser: sessions.registerUser,
    profile: async ({ userId }: { userId: string }) => {
      const account = await accounts.find(userId);
      if (account === null) throw unauthenticated('SESSION_ENDED');
      const { identities } = account;
      return { userId, identities, data: Object.assign({}, ...identities.map(({ data }) => data)) };
    },
  } as unknown as Users;
  return {
    users,
    functionCalls: {
      async call(caller, name, [argument]) {
        if (name === 'writeCustomUserData') {
          const newCustomUserData = formatExtendedJson(argument, 'canonical');
          const { result } = await sessions.writeCustomUserData(caller, {
            newCustomUserData,
            mode: 'MERGE',
          });
          return result;
        }
        throw new GatewayError('FUNCTION_NOT_FOUND', { function: name });
      },
    },
    clientAccess: {
      async run() {
        throw new GatewayError('NO_MATCHING_RULE', {});
      },
    },
  };
}
