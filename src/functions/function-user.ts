/** Users as functions see them. */
import type { UserCall } from '../session/operator-functions.ts';
import type { Document } from '../values/documents.ts';

/** Who a function runs for: `context.user` of App Services functions. */
export interface FunctionUser {
  /** User id, 24 hex digits; empty for the system. */
  readonly id: string;
  readonly type: 'normal' | 'server' | 'system';
  /** What the providers say about the user. */
  readonly data: Document;
  /** The user's document, as of the token or of the store. */
  readonly custom_data: Document;
  readonly identities: readonly {
    readonly id: string;
    readonly provider_type: string;
    readonly data: Document;
  }[];
}

/** The user that functions run for when nobody is logged in. */
export const SYSTEM_USER: FunctionUser = {
  id: '',
  type: 'system',
  data: {},
  custom_data: {},
  identities: [],
};

/** `context.user`, with the document of this moment as `custom_data`. */
export function describeFunctionUser(
  { data, identities, userId }: UserCall['user'],
  customData: Document,
): FunctionUser {
  return {
    id: userId,
    type: 'normal',
    data,
    custom_data: customData,
    identities: identities.map((identity) => ({
      id: identity.shownId,
      provider_type: identity.provider,
      data: identity.data,
    })),
  };
}
