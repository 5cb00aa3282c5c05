/** Functions that users call: the built-in ones, which need no `FUNCTIONS_DIR`, and the operator's own. */
import type { Accounts } from '../account/accounts.ts';
import { Int32 } from '../bson.ts';
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { readExtendedJson } from '../custom-data/extended-json-parse.ts';
import { assertNoPaths, findForbiddenPaths } from '../custom-data/write-policy.ts';
import type { WriteResult } from '../custom-data/write-result.ts';
import type { Deadline } from '../deadline.ts';
import type { AccessClaims, Snapshot } from '../token/claims.ts';
import type { Document } from '../values/documents.ts';
import {
  type FunctionRequest,
  functionNotFound,
  type OperatorFunctions,
  type UserCall,
} from './operator-functions.ts';
import type { SessionRecords } from './session-records.ts';
import type { Sessions } from './sessions.ts';
import { toProfile } from './user-profile.ts';

/** Calls functions for users. */
export type FunctionCalls = ReturnType<typeof createFunctionCalls>;

/** What calls of functions are made of. */
export interface FunctionCallParts {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly config: { readonly functions: Pick<Config['functions'], 'readsCustomData'> };
  readonly customData: Pick<CustomData, 'readSnapshot'>;
  readonly deadline: Deadline;
  /** Calls with a deadline of their own, for a running function, which has more time than a request. */
  readonly renew: () => Pick<FunctionCalls, 'callBuiltIn'>;
  readonly functions: Pick<OperatorFunctions, 'has' | 'callFunction'>;
  readonly records: Pick<SessionRecords, 'requireActive'>;
  readonly sessions: Pick<Sessions, 'writeCustomUserData' | 'deleteCustomUserData'>;
}

/** A function of the gateway's own, for the caller. */
type BuiltIn = (caller: AccessClaims, args: readonly unknown[]) => Promise<Document>;

/** Creates the access to functions for users. */
export function createFunctionCalls(parts: FunctionCallParts) {
  const { accounts, config, customData, deadline, functions, records } = parts;
  /** The document that functions trust: that of the token, or what a token would carry by now. */
  const snapshotFor = async (caller: AccessClaims): Promise<Snapshot> =>
    config.functions.readsCustomData ? customData.readSnapshot(caller.userId) : caller.customData;
  const builtIns = createBuiltIns(parts);

  /** As `call`, of a built-in function only. */
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

  /** Who calls, as functions see them. Fails with `UNAUTHENTICATED` if the session has ended. */
  async function readUser(caller: AccessClaims): Promise<Pick<UserCall, 'user' | 'customData'>> {
    const { sessionId, userId } = caller;
    await records.requireActive(sessionId, userId);
    const [account, snapshot] = await Promise.all([accounts.find(userId), snapshotFor(caller)]);
    const customData = readExtendedJson(snapshot.data ?? {}) as Document;
    return { user: toProfile(account), customData };
  }

  return {
    callBuiltIn,
    readUser,

    /**
     * Calls `name` with BSON values. An operator's function of that name goes before the built-in one.
     *
     * Built in are `writeCustomUserData(newCustomUserData)` and `deleteCustomUserData()`, which answer as
     * the driver does and fail as the mutations of the same name do. Other failures are those of
     * `OperatorFunctions.callFunction`, and `UNAUTHENTICATED` if the session has ended.
     *
     * @returns a BSON value; `undefined` if the function returned nothing.
     */
    async call(
      caller: AccessClaims,
      name: string,
      args: readonly unknown[],
      request?: FunctionRequest,
    ): Promise<unknown> {
      if (!functions.has(name)) return callBuiltIn(caller, name, args);
      const call: UserCall = {
        name,
        args,
        ...(await readUser(caller)),
        builtIn: (...builtIn) => parts.renew().callBuiltIn(caller, ...builtIn),
        ...(request === undefined ? {} : { request }),
      };
      return deadline.suspend(() => functions.callFunction(call));
    },
  };
}

/** A pointer to a field whose name begins with a dollar sign. */
const DOLLAR_NAME = /\/\$[^/]*$/;

/** The built-in functions, which check the session themselves. */
function createBuiltIns({ sessions }: FunctionCallParts): ReadonlyMap<string, BuiltIn> {
  const writeCustomUserData: BuiltIn = async (caller, [newCustomUserData]) => {
    // The write policy reads Extended JSON; the canonical form keeps the type of every value. A
    // document that looks like a wrapper would become a value: the policy has no such names.
    const paths: string[] = [];
    findForbiddenPaths(newCustomUserData, '', paths);
    assertNoPaths(paths.filter((path) => DOLLAR_NAME.test(path)));
    const json = formatExtendedJson(newCustomUserData ?? null, 'canonical');
    const change = { newCustomUserData: json, mode: 'MERGE' } as const;
    return describeUpdate((await sessions.writeCustomUserData(caller, change)).result);
  };
  const deleteCustomUserData: BuiltIn = async (caller) => {
    const { result } = await sessions.deleteCustomUserData(caller, {});
    return { deletedCount: new Int32(result.deletedCount) };
  };
  return new Map(Object.entries({ writeCustomUserData, deleteCustomUserData }));
}

/** The result of `updateOne` as App Services functions saw it. */
function describeUpdate({ matchedCount, modifiedCount, upsertedId }: WriteResult): Document {
  return {
    matchedCount: new Int32(matchedCount),
    modifiedCount: new Int32(modifiedCount),
    ...(upsertedId === null ? {} : { upsertedId }),
  };
}
