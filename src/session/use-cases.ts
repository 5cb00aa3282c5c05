/**
 * The use cases of one request, made for it: everything below them works until the deadline of the request.
 *
 * Made anew and not looked up where they run: Node 20 follows every promise for that, and requests that
 * need no store would pay for it (docs/decisions/0019-one-deadline.md).
 */
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { createDeadline, type Deadline } from '../deadline.ts';
import type { Tokens } from '../token/token-service.ts';
import { type ClientAccess, createClientAccess } from './client-access.ts';
import { createFunctionCalls, type FunctionCalls } from './function-calls.ts';
import type { OpenedUsers } from './open-users.ts';
import type { OperatorFunctions } from './operator-functions.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createUsers, type Users } from './users.ts';

/** What a request may ask for. */
export interface UseCases {
  readonly sessions: Sessions;
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  readonly clientAccess: ClientAccess;
}

/** What the use cases of every request share. */
export interface UseCaseParts extends Pick<OpenedUsers, 'within'> {
  readonly config: Pick<Config, 'customData' | 'token'>;
  readonly customData: CustomData;
  readonly functions: OperatorFunctions;
  readonly tokens: Tokens;
}

/** Makes the use cases of one request, which begins now unless it has a deadline. Each is made when it is asked for. */
export function createUseCases(
  parts: UseCaseParts,
  deadline: Deadline = createDeadline(),
): UseCases {
  const { config, functions, tokens } = parts;
  const { budgetBytes } = config.token;
  const { clientAccess: access, ...place } = config.customData;
  const userParts = parts.within(deadline);
  const { accounts, records } = userParts;
  const customData = parts.customData.within(deadline);
  const sessions = once(() => createSessions({ ...userParts, customData, tokens, budgetBytes }));
  const users = once(() => createUsers(userParts));
  const renew = () => createUseCases(parts).functionCalls;
  return {
    get sessions() {
      return sessions();
    },
    get users() {
      return users();
    },
    get functionCalls() {
      const own = { accounts, records, sessions: sessions() };
      return createFunctionCalls({ ...own, deadline, functions, renew });
    },
    get clientAccess() {
      const own = { customData, records, sessions: sessions() };
      return createClientAccess({ ...own, ...place, access, deadline });
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
