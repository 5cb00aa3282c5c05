/** Functions that users call: the built-in ones and the operator's own. */
import type { Accounts } from '../account/accounts.ts';
import { Int32 } from '../bson.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { readExtendedJson } from '../custom-data/extended-json-parse.ts';
import type { WriteResult } from '../custom-data/write.ts';
import { assertNoPaths, findForbiddenPaths } from '../custom-data/write-policy.ts';
import type { Deadline } from '../deadline.ts';
import { unauthenticated } from '../errors.ts';
import {
  type FunctionCall,
  type FunctionRequest,
  type Functions,
  type FunctionUser,
  functionNotFound,
} from '../functions/functions.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Document } from '../values/documents.ts';
import { describeFunctionUser, type NoteFunctionWrites } from './function-user.ts';
import type { SessionRecords } from './session-records.ts';
import type { Sessions } from './sessions.ts';

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
  /** The same of a built-in function only. */
  callBuiltIn(caller: AccessClaims, name: string, args: readonly unknown[]): Promise<Document>;
  /** Tells the history of the user's document what a function that ran for the user wrote. */
  readonly noteWrites: NoteFunctionWrites;
}

/** What calls of functions are made of. */
export interface FunctionCallParts {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly deadline: Deadline;
  /** Calls with a deadline of their own, for a running function, which has more time than a request. */
  readonly renew: () => Pick<FunctionCalls, 'callBuiltIn' | 'noteWrites'>;
  /** The operator's functions; `null` if there are none. */
  readonly functions: Functions | null;
  readonly noteWrites: NoteFunctionWrites;
  readonly records: Pick<SessionRecords, 'requireActive'>;
  readonly sessions: Pick<Sessions, 'writeCustomUserData' | 'deleteCustomUserData'>;
}

/** A function of the gateway's own, for the caller. */
type BuiltIn = (caller: AccessClaims, args: readonly unknown[]) => Promise<Document>;

/** Creates the access to functions for users. */
export function createFunctionCalls(parts: FunctionCallParts): FunctionCalls {
  const { deadline, functions, noteWrites, records } = parts;
  const builtIns = createBuiltIns(parts);

  async function callBuiltIn(
    caller: AccessClaims,
    name: string,
    args: readonly unknown[],
  ): Promise<Document> {
    const builtIn = builtIns.get(name);
    if (builtIn !== undefined) return builtIn(caller, args);
    await records.requireActive(caller.sessionId, caller.userId);
    throw functionNotFound(name);
  }

  return {
    callBuiltIn,
    noteWrites,

    async call(caller, name, args, request) {
      if (functions === null || !functions.has(name)) return callBuiltIn(caller, name, args);
      const call: FunctionCall = {
        name,
        args,
        user: await findUser(parts, caller),
        origin: 'client',
        builtIn: (...builtIn) => parts.renew().callBuiltIn(caller, ...builtIn),
        onWritten: (written) => parts.renew().noteWrites(caller.userId, written),
        ...(request === undefined ? {} : { request }),
      };
      const { result } = await deadline.suspend(() => functions.call(call));
      return result;
    },
  };
}

/** A pointer to a field whose name begins with a dollar sign. */
const DOLLAR_NAME = /\/\$[^/]*$/;

/** The built-in functions, which check the session themselves. */
function createBuiltIns({ sessions }: FunctionCallParts): ReadonlyMap<string, BuiltIn> {
  return new Map<string, BuiltIn>([
    [
      'writeCustomUserData',
      async (caller, [newCustomUserData]) => {
        // The write policy reads Extended JSON; the canonical form keeps the type of every value. A
        // document that looks like a wrapper would become a value: the policy has no such names.
        const paths: string[] = [];
        findForbiddenPaths(newCustomUserData, '', paths);
        assertNoPaths(paths.filter((path) => DOLLAR_NAME.test(path)));
        const json = formatExtendedJson(newCustomUserData ?? null, 'canonical');
        const { result } = await sessions.writeCustomUserData(caller, {
          newCustomUserData: json,
          mode: 'MERGE',
        });
        return describeUpdate(result);
      },
    ],
    [
      'deleteCustomUserData',
      async (caller) => {
        const { result } = await sessions.deleteCustomUserData(caller, {});
        return { deletedCount: new Int32(result.deletedCount) };
      },
    ],
  ]);
}

/** The result of `updateOne` as App Services functions saw it. */
function describeUpdate({ matchedCount, modifiedCount, upsertedId }: WriteResult): Document {
  return {
    matchedCount: new Int32(matchedCount),
    modifiedCount: new Int32(modifiedCount),
    ...(upsertedId === null ? {} : { upsertedId }),
  };
}

/** `context.user`: the account as it is now, the custom data as the token has it. */
async function findUser(
  { accounts, records }: FunctionCallParts,
  { customData, sessionId, userId }: AccessClaims,
): Promise<FunctionUser> {
  await records.requireActive(sessionId, userId);
  const account = await accounts.find(userId);
  if (account === null) throw unauthenticated('SESSION_ENDED');
  return describeFunctionUser(account, readExtendedJson(customData.data ?? {}) as Document);
}
