/** The operator's functions that decide about log-ins, new users, e-mail addresses and passwords. */
import type { Config, Provider } from '../config.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AuthFunctions, Verdict } from '../session/operator-functions.ts';
import { isPlainObject } from '../values/documents.ts';
import { describeFunctionUser, SYSTEM_USER } from './function-user.ts';
import type { FunctionCall, Functions } from './functions.ts';

/** Longest external id: identities are index keys. */
const MAX_ID_LENGTH = 255;
const LOG_IN_PROVIDER: Provider = 'custom-function';

/** The functions that the configuration names. */
function namesOf({ email, functions }: Config) {
  return {
    logIn: functions.authFunction,
    confirm: email.confirmation === 'function' ? email.confirmationFunction : undefined,
    reset: email.reset === 'function' ? email.resetFunction : undefined,
    create: functions.onUserCreation,
  };
}

/**
 * Whether users can log in by function: without it that provider is off, unless `PROVIDERS` names it.
 *
 * @throws Error that lists every function that is named and not there.
 */
export function findLogIn({ has }: Pick<Functions, 'has'>, config: Config, log: Log): boolean {
  const { logIn, ...others } = namesOf(config);
  const isWanted = config.providers.includes(LOG_IN_PROVIDER);
  const isOff = isWanted && !config.areProvidersNamed && !has(logIn);
  const wanted = Object.values(others).filter((name) => name !== undefined);
  if (isWanted && !isOff) wanted.unshift(logIn);
  const missing = wanted.filter((name) => !has(name));
  if (missing.length > 0) {
    throw new Error(`There is no function ${missing.map((name) => `"${name}"`).join(', ')}`);
  }
  if (isOff) log.info({ function: logIn }, 'no such function, the provider custom-function is off');
  return isWanted && !isOff;
}

/** Creates the calls. `onWritten` is told for whom a function ran, and what it may have written to. */
export function createAuthFunctions(
  functions: Pick<Functions, 'call'>,
  config: Config,
  onWritten: (userId: string) => NonNullable<FunctionCall['onWritten']>,
): AuthFunctions {
  const names = namesOf(config);
  const call = async (
    name: string | undefined,
    args: readonly unknown[],
    more: Pick<FunctionCall, 'onWritten'> = {},
  ) => {
    if (name === undefined) throw new Error('No function is configured');
    const system = { user: SYSTEM_USER, origin: 'system' } as const;
    return functions.call({ name, args, ...system, ...more });
  };
  return {
    async logIn(payload) {
      try {
        return toIdentity(await call(names.logIn, [payload]));
      } catch (error) {
        if (!isGatewayError(error, 'FUNCTION_FAILED')) throw error;
        const { message } = error;
        throw new GatewayError('INVALID_CREDENTIALS', {}, { message, cause: error });
      }
    },

    async beforeCreate(user) {
      if (names.create === undefined) return;
      await call(names.create, [describeFunctionUser(user, {})], {
        onWritten: onWritten(user.userId),
      });
    },

    confirm: async (email, { token, tokenId }) =>
      toVerdict(await call(names.confirm, [{ token, tokenId, username: email }])),

    reset: async ({ email, ...request }, args) =>
      toVerdict(await call(names.reset, [{ ...request, username: email }, ...args])),
  };
}

/** A string, or an object of `id` and perhaps `name`. */
function toIdentity(result: unknown): Awaited<ReturnType<AuthFunctions['logIn']>> {
  const { id, name } = isPlainObject(result) ? result : { id: result, name: undefined };
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH) {
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  return { id, data: typeof name === 'string' ? { name } : {} };
}

/** Anything that is not a clear word is a refusal. */
function toVerdict(result: unknown): Verdict {
  const status = isPlainObject(result) ? result.status : undefined;
  return status === 'success' || status === 'pending' ? status : 'fail';
}
