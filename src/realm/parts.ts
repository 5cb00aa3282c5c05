/** What the protocol's routes are made of. */
import type { ClientAccess } from '../session/client-access.ts';
import type { FunctionCalls } from '../session/function-calls.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Users } from '../session/users.ts';
import type { BearerParts } from './bearers.ts';
import type { ErrorParts } from './error-handler.ts';

/** What the routes serve. */
export interface RealmParts extends BearerParts, ErrorParts {
  readonly sessions: Sessions;
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  readonly clientAccess: ClientAccess;
}
