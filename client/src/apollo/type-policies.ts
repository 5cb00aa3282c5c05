/** How Apollo Client's cache combines what answers say of a user. */
import type { TypePolicies } from '@apollo/client';

/**
 * For `new InMemoryCache({ typePolicies })`. Operations may each ask for other fields of the typed document, which
 * has no id of its own: they are merged instead of the later one replacing the earlier.
 */
export const typePolicies: TypePolicies = { CustomUserData: { merge: true } };
