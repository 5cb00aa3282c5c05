/**
 * Who may call a function: the gateway and other functions any, clients those that are public and whose rule they match,
 * HTTPS endpoints those whose rule the request matches.
 */
import { GatewayError } from '../errors.ts';
import { functionNotFound } from '../session/operator-functions.ts';
import type { AppDefinition, FunctionDefinition } from './app/app-definition.ts';
import type { FunctionCall } from './functions.ts';

/** Of a call that no HTTP request asked for. */
export const NO_REQUEST = { remoteIPAddress: '', httpMethod: '', httpUserAgent: '' };

/**
 * The function, if this caller may call it; fails with `FUNCTION_NOT_ALLOWED`. A private one is for clients as if it were
 * not there: `FUNCTION_NOT_FOUND`.
 */
export function findCallable(app: AppDefinition, call: FunctionCall): FunctionDefinition {
  const { name, origin } = call;
  const definition = app.functions.get(name);
  if (definition === undefined || (origin === 'client' && definition.isPrivate)) {
    throw functionNotFound(name);
  }
  const { environment, values } = app;
  const { args, request = NO_REQUEST, user } = call;
  if (origin !== 'system' && !definition.rule({ args, environment, request, user, values })) {
    const message = `rule not matched for function "${name}"`;
    throw new GatewayError('FUNCTION_NOT_ALLOWED', { function: name }, { message });
  }
  return definition;
}
