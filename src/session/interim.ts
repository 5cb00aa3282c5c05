/** Interim. */
import { GatewayError } from '../errors.ts';
import type { ClientAccess } from './client-access.ts';

export function createInterim(): { clientAccess: ClientAccess } {
  return {
    clientAccess: {
      async run() {
        throw new GatewayError('NO_MATCHING_RULE', {});
      },
    },
  };
}
