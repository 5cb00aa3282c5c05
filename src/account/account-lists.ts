/** Accounts in pages, in the order of their ids, which is about that of their creation. */
import type { DocumentCollection, Filter } from '../store/port.ts';
import {
  type Account,
  type AccountDocument,
  type IdentityProvider,
  NOT_DELETED,
} from './account.ts';

/** Which accounts to list, and where in the order of ids to begin. */
export interface AccountQuery {
  /** Accounts with an identity of which this is the e-mail address, exactly as written. */
  readonly email?: string;
  readonly provider?: IdentityProvider;
  /** Only user ids greater than this one. */
  readonly after?: string;
  /** At most so many. */
  readonly limit: number;
}

/** Creates the listings of the accounts in a collection. */
export function createAccountLists(collection: DocumentCollection) {
  const page = (filter: Filter, limit: number): Promise<Account[]> =>
    collection.find<AccountDocument>(filter, { sort: { _id: 1 }, limit });
  return {
    /** At most `limit` accounts in the order of ids, those after `after`, half-deleted ones included. */
    listWithDeleted: (after: string, limit: number): Promise<Account[]> =>
      page({ _id: { $gt: after } }, limit),

    /** The same of those with ids before `before`, without the half-deleted ones. */
    listBefore: (after: string, before: string, limit: number): Promise<Account[]> =>
      page({ _id: { $gt: after, $lt: before }, ...NOT_DELETED }, limit),

    /** Accounts in the order of their ids, which is about that of their creation. */
    list: ({ limit, ...query }: AccountQuery): Promise<Account[]> => page(toFilter(query), limit),
  };
}

function toFilter({ email, provider, after }: Omit<AccountQuery, 'limit'>): Filter {
  return {
    ...NOT_DELETED,
    ...(after === undefined ? {} : { _id: { $gt: after } }),
    ...(provider === undefined ? {} : { 'identities.provider': provider }),
    ...(email === undefined ? {} : { 'identities.data.email': email }),
  };
}
