/** Functions that users call: the built-in ones and the operator's own. */
import type { FunctionRequest } from '../functions/functions.ts';
import type { AccessClaims } from '../token/claims.ts';

/** Calls functions for users. */
export interface FunctionCalls {
  /**
   * Calls `name` with BSON values. An operator's function of that name goes before the built-in one.
   *
   * Built in are `writeCustomUserData(newCustomUserData)` and `deleteCustomUserData()`, which answer as
   * the driver does and fail as the mutations of the same name do. Other failures are those of
   * `Functions.call`, and `UNAUTHENTICATED` if the session has ended.
   *
   * @returns a BSON value; `undefined` if the function returned nothing.
   */
  call(
    caller: AccessClaims,
    name: string,
    args: readonly unknown[],
    request?: FunctionRequest,
  ): Promise<unknown>;
}
