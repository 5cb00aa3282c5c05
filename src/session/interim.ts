/** Interim. */
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { GatewayError } from '../errors.ts';
import type { ClientAccess } from './client-access.ts';
import type { FunctionCalls } from './function-calls.ts';
import type { Sessions } from './sessions.ts';

export function createInterim(sessions: Sessions): {
  functionCalls: FunctionCalls;
  clientAccess: ClientAccess;
} {
  return {
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
