/** Accounts on two clients of one store, as two gateways have them. */
import { beforeAll } from '@jest/globals';
import {
  ACCOUNTS_COLLECTION,
  type AccountParts,
  type Accounts,
  createAccounts,
} from '../../src/account/accounts.ts';
import type { DocumentCollection } from '../../src/store/port.ts';
import type { OpenStore } from './stores.ts';
import { START } from './test-tokens.ts';

/** Accounts, and a log-in of somebody new. */
export interface AccountsUnderTest {
  readonly accounts: Accounts;
  /** Those of the two clients in turn. */
  readonly inTurn: (index: number) => Accounts;
  readonly logIn: {
    readonly provider: 'custom-token';
    readonly externalId: string;
    readonly data: Record<string, unknown>;
  };
  readonly collection: DocumentCollection;
}

/** Opens the store before all tests; the clock stands at `START`. */
export function useAccounts(
  openStore: OpenStore,
): (hooks?: NonNullable<AccountParts['hooks']>) => AccountsUnderTest {
  let collection: DocumentCollection;
  let other: DocumentCollection;
  let count = 0;
  beforeAll(async () => {
    collection = await (await openStore()).collection(ACCOUNTS_COLLECTION);
    other = await (await openStore()).collection(ACCOUNTS_COLLECTION);
  });
  return (hooks = {}) => {
    count += 1;
    const accounts = createAccounts({ collection, now: () => START, hooks });
    const elsewhere = createAccounts({ collection: other, now: () => START, hooks });
    return {
      accounts,
      inTurn: (index) => (index % 2 === 0 ? accounts : elsewhere),
      logIn: { provider: 'custom-token', externalId: `external-${count}`, data: {} },
      collection,
    };
  };
}
