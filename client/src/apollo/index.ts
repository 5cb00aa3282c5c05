/** A session of the gateway for Apollo Client 4. */
export { createSessionLink, type SessionLinkOptions } from './session-link.ts';
export { typePolicies } from './type-policies.ts';
