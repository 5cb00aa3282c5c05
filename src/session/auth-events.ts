/** What the core tells the operator's triggers of users. */

import type { Account } from '../account/account.ts';
import { ACCOUNTS_COLLECTION } from '../account/accounts.ts';
import { PROVIDER_NAMES } from '../config/log-in-variables.ts';
import type { Config, Provider } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { readExtendedJson } from '../custom-data/extended-json-parse.ts';
import type { Store } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import {
  type AuthEvent,
  type AuthTriggers,
  type FunctionsPart,
  NO_TRIGGERS,
  type OpenTriggersParts,
} from './operator-functions.ts';
import { toProfile } from './user-profile.ts';

/** What a log-in is for triggers: also the creation of an account that it makes. */
export function logInEvents(account: Account, provider: Provider, isNew: boolean): AuthEvent[] {
  const facts = { providers: [PROVIDER_NAMES[provider]], user: toProfile(account) };
  const logIn = { operation: 'LOGIN', ...facts } as const;
  return isNew ? [{ operation: 'CREATE', ...facts }, logIn] : [logIn];
}

/** What the deletion of an account is for triggers: that of all its ways to log in. */
export function deletionEvent(account: Account): AuthEvent {
  const providers = [...new Set(account.identities.map(({ provider }) => provider))];
  return { operation: 'DELETE', providers, user: toProfile(account) };
}

/** What opening takes here. */
interface OpenConfiguredParts extends Omit<OpenTriggersParts, 'hasAccount' | 'readCustomData'> {
  readonly config: Config;
  readonly customData: CustomData;
  readonly store: Store;
}

/** Opens the operator's triggers; their code is loaded only if there are any. */
export async function openTriggers(
  load: () => Promise<FunctionsPart>,
  { customData, ...parts }: OpenConfiguredParts,
): Promise<AuthTriggers> {
  if (parts.config.functions.triggers.length === 0) return NO_TRIGGERS;
  const [part, accounts] = await Promise.all([load(), parts.store.collection(ACCOUNTS_COLLECTION)]);
  return part.openTriggers({
    ...parts,
    hasAccount: async (_id) => (await accounts.findOne({ _id })) !== null,
    async readCustomData(userId, deadline) {
      const reader = deadline === undefined ? customData : customData.within(deadline);
      const { data } = await reader.readSnapshot(userId);
      return readExtendedJson(data ?? {}) as Document;
    },
  });
}
