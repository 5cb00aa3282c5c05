/**
 * The use cases of one request, made for it: everything below them works until the deadline of the request.
 *
 * Made anew and not looked up where they run: Node 20 follows every promise for that, and requests that
 * need no store would pay for it (docs/decisions/0019-one-deadline.md).
 */
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { createDeadline, type Deadline } from '../deadline.ts';
import type { Log } from '../log.ts';
import type { Tokens } from '../token/token-service.ts';
import { type ClientAccess, createClientAccess } from './client-access.ts';
import type { ComposedUsers } from './compose-users.ts';
import { createFunctionCalls, type FunctionCalls } from './function-calls.ts';
import { createDocumentHistory, type DocumentHistory } from './history.ts';
import type { OperatorFunctions } from './operator-functions.ts';
import { createSessions, type Sessions } from './sessions.ts';
import type { Users } from './users.ts';

/** What a request may ask for. */
export interface UseCases {
  readonly sessions: Sessions;
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  readonly clientAccess: ClientAccess;
  readonly history: DocumentHistory;
}

/** What the use cases of every request share. */
export interface UseCaseParts extends Pick<ComposedUsers, 'within' | 'createUsers'> {
  readonly config: Pick<Config, 'customData' | 'token'>;
  readonly customData: CustomData;
  readonly functions: OperatorFunctions;
  readonly tokens: Tokens;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the use cases of one request, which begins now unless it has a deadline. Each is made when it is asked for. */
export function createUseCases(
  parts: UseCaseParts,
  deadline: Deadline = createDeadline(),
): UseCases {
  const { config, functions, log, now, tokens } = parts;
  const { budgetBytes } = config.token;
  const { clientAccess: access, history: keep, ...place } = config.customData;
  const check = parts.within(deadline);
  const { records } = check;
  const customData = parts.customData.within(deadline);
  const sessions = once(() =>
    createSessions({ ...check, customData, tokens, now, log, budgetBytes }),
  );
  const users = once(() => parts.createUsers(check, deadline));
  return {
    get sessions() {
      return sessions();
    },
    get users() {
      return users();
    },
    get functionCalls() {
      return createFunctionCalls({
        ...{ accounts: check.accounts, records, sessions: sessions() },
        ...{ deadline, functions },
        renew: () => createUseCases(parts).functionCalls,
      });
    },
    get clientAccess() {
      return createClientAccess({
        ...{ ...place, access, customData, deadline, records, sessions: sessions() },
      });
    },
    get history() {
      return createDocumentHistory({ customData, keep, records });
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
