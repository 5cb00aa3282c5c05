/** A session of the gateway for React 18 and later. */
export { type SeenSession, SessionProvider, useSession } from './session-provider.ts';
export { type UsedCustomData, useCustomData } from './use-custom-data.ts';
