/**
 * The use cases of one request, made for it: everything below them works until the deadline of the request.
 *
 * Made anew and not looked up where they run: Node 20 follows every promise for that, and requests that
 * need no store would pay for it (docs/decisions/0019-one-deadline.md).
 */
import type { Config } from '../config.ts';
import { createDeadline, type Deadline } from '../deadline.ts';
import { lazily } from '../lazily.ts';
import type { Tokens } from '../token/token-service.ts';
import type { Changes } from './changes/changes.ts';
import { createSubscriptions, type Subscriptions } from './changes/subscriptions.ts';
import { type ClientAccess, createClientAccess } from './client-access.ts';
import { createEndpointCalls, type EndpointCalls } from './endpoint-calls.ts';
import {
  createFunctionCalls,
  type FunctionCallParts,
  type FunctionCalls,
} from './function-calls.ts';
import { createIssuer, type Issuer } from './issuer.ts';
import { USERS, type UsersGiven, type UsersMade } from './open-users.ts';
import type { OperatorFunctions } from './operator-functions.ts';
import type { SeenRequest } from './seen-request.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createUsers, type Users } from './users.ts';

/** What a request may ask for. */
export interface UseCases {
  readonly sessions: Sessions;
  readonly users: Users;
  readonly functionCalls: FunctionCalls;
  readonly endpointCalls: EndpointCalls;
  readonly clientAccess: ClientAccess;
  readonly subscriptions: Subscriptions;
}

/** What the use cases of every request share. */
export interface UseCaseParts extends Omit<UsersGiven, 'deadline' | 'request'> {
  readonly config: Pick<Config, 'customData' | 'email' | 'functions' | 'token'>;
  readonly functions: OperatorFunctions;
  readonly changes: Pick<Changes, 'open' | 'check'>;
  readonly tokens: Tokens;
}

interface UseCasesGiven extends Pick<FunctionCallParts, 'renew'> {
  /** The request that is served. */
  readonly request: SeenRequest;
  readonly deadline: Deadline;
  readonly budgetBytes: number;
}

type UseCasesMade = UsersMade & UseCases & { readonly issuer: Issuer };

/** A log-out needs no accounts, a write no registrations: each part is made when it is asked for. */
const openRequest = lazily<UseCaseParts, UseCasesGiven, UseCasesMade>({
  ...USERS,
  issuer: createIssuer,
  sessions: createSessions,
  users: createUsers,
  functionCalls: createFunctionCalls,
  endpointCalls: createEndpointCalls,
  clientAccess: createClientAccess,
  subscriptions: createSubscriptions,
});

/** Makes the use cases of `request`, which begins now unless it has a deadline. Each is made when it is asked for. */
export function createUseCases(
  parts: UseCaseParts,
  request: SeenRequest,
  deadline: Deadline = createDeadline(),
): UseCases {
  const { budgetBytes } = parts.config.token;
  const renew = () => createUseCases(parts, request).functionCalls;
  return openRequest(parts, { request, deadline, budgetBytes, renew });
}
