/** The operator's functions that decide about log-ins, new users, e-mail addresses and passwords. */
import type { Account, ProvenIdentity } from '../account/account.ts';
import type { EmailToken } from '../account/registration.ts';
import type { Config, Provider } from '../config.ts';
import { parseExtendedJson } from '../custom-data/extended-json-parse.ts';
import { GatewayError, isGatewayError } from '../errors.ts';
import type { FunctionCall, Functions } from '../functions/functions.ts';
import type { Log } from '../log.ts';
import { isPlainObject } from '../values/documents.ts';
import { describeFunctionUser, type NoteFunctionWrites, SYSTEM_USER } from './function-user.ts';

/** What a confirmation or reset function says: done, to be done with the token, or refused. */
export type Verdict = 'success' | 'pending' | 'fail';

/** Calls the functions. Besides what is said, every one may fail as `Functions.call` does. */
export interface AuthFunctions {
  /**
   * Whom the `custom-function` provider takes the payload for. Fails with `INVALID_CREDENTIALS`, whose
   * message is that of the function's own error, and with `BAD_USER_INPUT` if it is no Extended JSON.
   */
  authenticate(payload: unknown): Promise<ProvenIdentity>;
  confirm(email: string, token: EmailToken): Promise<Verdict>;
  reset(request: ResetRequest, args: readonly unknown[]): Promise<Verdict>;
  /** Runs the user creation function, if there is one, before the account exists. */
  beforeCreation(account: Pick<Account, '_id' | 'identities'>): Promise<void>;
}

/** What a reset function is told. */
export interface ResetRequest extends EmailToken {
  readonly email: string;
  /** The new password. */
  readonly password: string;
  /** Whether the user also gave the current password, and it was right. */
  readonly currentPasswordValid: boolean;
}

/** The functions that the configuration names. */
export interface AuthFunctionNames {
  readonly auth: string;
  readonly confirmation: string | undefined;
  readonly reset: string | undefined;
  readonly onUserCreation: string | undefined;
}

/** Longest external id: identities are index keys. */
const MAX_ID_LENGTH = 255;

/** The functions that the configuration names. */
export function authFunctionNames({ email, functions }: Config): AuthFunctionNames {
  return {
    auth: functions.authFunction,
    confirmation: email.confirmation === 'function' ? email.confirmationFunction : undefined,
    reset: email.reset === 'function' ? email.resetFunction : undefined,
    onUserCreation: functions.onUserCreation,
  };
}

/**
 * The providers that can be used: without its function `custom-function` is off, unless `PROVIDERS`
 * names it.
 *
 * @throws Error that lists every function that is named and not there.
 */
export function usableProviders(
  config: Config,
  functions: Functions | null,
  log: Log,
): readonly Provider[] {
  const has = (name: string) => functions?.has(name) ?? false;
  const { auth, ...others } = authFunctionNames(config);
  const isAuthWanted = config.providers.includes('custom-function');
  const isAuthOff = isAuthWanted && !config.areProvidersNamed && !has(auth);
  const wanted = Object.values(others).filter((name) => name !== undefined);
  if (isAuthWanted && !isAuthOff) wanted.unshift(auth);
  const missing = wanted.filter((name) => !has(name));
  if (missing.length > 0) {
    throw new Error(`There is no function ${missing.map((name) => `"${name}"`).join(', ')}`);
  }
  if (!isAuthOff) return config.providers;
  log.info({ function: auth }, 'no such function, the provider custom-function is off');
  return config.providers.filter((provider) => provider !== 'custom-function');
}

/** Creates the calls; `functions` is `null` if the operator has none. */
export function createAuthFunctions(
  functions: Functions | null,
  names: AuthFunctionNames,
  noteWrites: NoteFunctionWrites,
): AuthFunctions {
  const run = async (
    name: string | undefined,
    args: readonly unknown[],
    more: Pick<FunctionCall, 'onWritten'> = {},
  ) => {
    if (functions === null || name === undefined) throw new Error('No function is configured');
    const { result } = await functions.call({
      ...{ name, args, user: SYSTEM_USER, origin: 'system' },
      ...more,
    });
    return result;
  };
  const call = (name: string | undefined, ...args: readonly unknown[]) => run(name, args);
  return {
    async authenticate(payload) {
      const parsed = parseExtendedJson(payload);
      try {
        return toIdentity(await call(names.auth, parsed));
      } catch (error) {
        if (!isGatewayError(error, 'FUNCTION_FAILED')) throw error;
        const { message } = error;
        throw new GatewayError('INVALID_CREDENTIALS', {}, { message, cause: error });
      }
    },

    confirm: async (email, { token, tokenId }) =>
      toVerdict(await call(names.confirmation, { token, tokenId, username: email })),

    reset: async ({ email, ...request }, args) =>
      toVerdict(await call(names.reset, { ...request, username: email }, ...args)),

    async beforeCreation(account) {
      if (names.onUserCreation === undefined) return;
      await run(names.onUserCreation, [describeFunctionUser(account, {})], {
        onWritten: (written) => noteWrites(account._id, written),
      });
    },
  };
}

/** A string, or an object of `id` and perhaps `name`. */
function toIdentity(result: unknown): ProvenIdentity {
  const { id, name } = isPlainObject(result) ? result : { id: result, name: undefined };
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH) {
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  const data = typeof name === 'string' ? { name } : {};
  return { provider: 'custom-function', externalId: id, data };
}

/** Anything that is not a clear word is a refusal. */
function toVerdict(result: unknown): Verdict {
  const status = isPlainObject(result) ? result.status : undefined;
  return status === 'success' || status === 'pending' ? status : 'fail';
}
