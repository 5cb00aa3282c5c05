/** Functions that serve HTTPS endpoints, for whom the endpoint runs them. */
import type { Accounts } from '../account/accounts.ts';
import type { Deadline } from '../deadline.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { FunctionCalls } from './function-calls.ts';
import { clientOf } from './limits/client-address.ts';
import type { RequestLimits } from './limits/limits.ts';
import type { EndpointCall, EndpointReturn, OperatorFunctions } from './operator-functions.ts';
import type { SeenRequest } from './seen-request.ts';
import { toProfile } from './user-profile.ts';

/** Calls functions for HTTPS endpoints. */
export type EndpointCalls = ReturnType<typeof createEndpointCalls>;

/** What such calls are made of. */
export interface EndpointCallParts {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly deadline: Deadline;
  readonly functions: Pick<OperatorFunctions, 'callEndpoint'>;
  readonly functionCalls: Pick<FunctionCalls, 'readUser'>;
  readonly renew: () => Pick<FunctionCalls, 'callBuiltIn'>;
  readonly request: Pick<SeenRequest, 'ip'>;
  readonly requestLimits: Pick<RequestLimits, 'guess'>;
}

/** A call, but for whom it is. */
type Asked = Omit<EndpointCall, 'user' | 'client' | 'customData' | 'builtIn'>;

/** Creates the calls for one request. All fail as `OperatorFunctions.callEndpoint` does. */
export function createEndpointCalls(parts: EndpointCallParts) {
  const { accounts, deadline, functionCalls, functions, requestLimits } = parts;
  const call = (whole: Omit<EndpointCall, 'client'>): Promise<EndpointReturn> =>
    deadline.suspend(() =>
      functions.callEndpoint({ ...whole, client: clientOf(parts.request.ip) }),
    );
  return {
    /** For nobody, as the system. */
    asSystem: (asked: Asked) => call({ ...asked, user: null, customData: {} }),

    /**
     * For the holder of a token, who is shown to the function with the custom data if it `readsCustomData`. Fails with
     * `UNAUTHENTICATED` if the session has ended.
     */
    async asCaller(caller: AccessClaims, asked: Asked, readsCustomData: boolean) {
      const { customData, user } = await functionCalls.readUser(caller);
      return call({
        ...asked,
        user,
        customData: readsCustomData ? customData : {},
        builtIn: (...builtIn) => parts.renew().callBuiltIn(caller, ...builtIn),
      });
    },

    /** For a user that the app names. Without such an account it is `FUNCTION_FAILED`. */
    async asUser(userId: string, asked: Asked) {
      const account = await accounts.find(userId);
      if (account === null || account.disabled) {
        const message = 'The user that the function runs as is not there';
        throw new GatewayError('FUNCTION_FAILED', { function: asked.name }, { message });
      }
      return call({ ...asked, user: toProfile(account), customData: {} });
    },

    /** Runs a check of a secret, which may be a guess: one that fails with `INVALID_CREDENTIALS` counts. */
    guess: <Result>(run: () => Promise<Result>): Promise<Result> =>
      requestLimits.guess({
        operation: 'callEndpoint',
        isWrong: (error) => isGatewayError(error, 'INVALID_CREDENTIALS'),
        run,
      }),
  };
}
