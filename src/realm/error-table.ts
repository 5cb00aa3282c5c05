/**
 * The table from the gateway's errors to those of the App Services protocol.
 *
 * 401 is for tokens and log-ins only: clients answer it with a refresh and the same request again, so
 * a 401 for anything else can make them loop.
 */
import type { ErrorCode, GatewayError } from '../errors.ts';
import type { ProtocolAnswer } from './protocol-error.ts';

/** What `error` starts with when clients should refresh their session or forget it. */
const INVALID_SESSION = 'invalid session';

const TABLE: {
  readonly [Code in ErrorCode]: (error: GatewayError<Code>) => ProtocolAnswer;
} = {
  UNAUTHENTICATED: ({ details, message }) =>
    details.reason === 'TOKEN_MISSING'
      ? { status: 401, error: 'expected Authorization header with JWT (Bearer schema).' }
      : { status: 401, error: `${INVALID_SESSION}: ${message}`, code: 'InvalidSession' },
  INVALID_CREDENTIALS: ({ details }) =>
    details.reason === 'ACCOUNT_DISABLED'
      ? { status: 401, error: 'user disabled', code: 'UserDisabled' }
      : { status: 401, error: 'unauthorized', code: 'AuthError' },
  ACCOUNT_EXISTS: () => ({ status: 409, error: 'name already in use', code: 'AccountNameInUse' }),
  BAD_USER_INPUT: ({ details, message }) => ({
    status: 400,
    error: withPaths(message, details.path === undefined ? [] : [details.path]),
    code: 'InvalidParameter',
  }),
  FIELD_NOT_WRITABLE: ({ details, message }) => ({
    status: 403,
    error: withPaths(message, details.paths),
    code: 'NoMatchingRuleFound',
  }),
  CUSTOM_DATA_INVALID: ({ details, message }) => ({
    status: 400,
    error: withPaths(
      message,
      details.violations.map((violation) => `${violation.path} ${violation.message}`),
    ),
    code: 'SchemaValidationFailedWrite',
  }),
  CUSTOM_DATA_TOO_LARGE: ({ details: { size, budget, largestFields }, message }) => ({
    status: 400,
    error: withPaths(
      `${message}: ${size} of ${budget} bytes`,
      largestFields.map(({ path, bytes }) => `${path} ${bytes} bytes`),
    ),
    code: 'BadRequest',
  }),
  REVISION_CONFLICT: ({ message }) => ({ status: 409, error: message, code: 'BadRequest' }),
  REVISION_NOT_FOUND: ({ message }) => ({ status: 404, error: message, code: 'BadRequest' }),
  EMAIL_TOKEN_INVALID: ({ details }) =>
    details.reason === 'EXPIRED'
      ? {
          status: 400,
          error: 'userpass token is expired or invalid',
          code: 'UserpassTokenInvalid',
        }
      : { status: 400, error: 'invalid token data', code: 'BadRequest' },
  USER_NOT_FOUND: () => ({ status: 404, error: 'user not found', code: 'UserNotFound' }),
  USER_ALREADY_CONFIRMED: () => ({
    status: 400,
    error: 'already confirmed',
    code: 'UserAlreadyConfirmed',
  }),
  // Clients look for the word and the sentence. With 401, as the original had it, realm-web tries without end.
  IDENTITY_IN_USE: ({ details }) =>
    details.reason === 'SECOND_EMAIL'
      ? {
          status: 400,
          error:
            'unauthorized: linking a local-userpass identity is not allowed when one is already linked',
          code: 'BadRequest',
        }
      : {
          status: 400,
          error: 'unauthorized: a user already exists with the specified provider',
          code: 'AccountNameInUse',
        },
  API_KEY_EXISTS: () => ({
    status: 409,
    error: 'API key with name already exists',
    code: 'APIKeyAlreadyExists',
  }),
  API_KEY_NOT_FOUND: () => ({ status: 404, error: 'API key not found', code: 'APIKeyNotFound' }),
  FUNCTION_NOT_FOUND: ({ details }) => ({
    status: 404,
    error: `function not found: '${details.function}'`,
    code: 'FunctionNotFound',
  }),
  FUNCTION_NOT_ALLOWED: ({ details }) => ({
    status: 403,
    error: `rule not matched for function "${details.function}"`,
    code: 'FunctionExecutionError',
  }),
  FUNCTION_FAILED: ({ message }) => ({
    status: 400,
    error: message,
    code: 'FunctionExecutionError',
  }),
  FUNCTION_LIMIT_EXCEEDED: ({ details, message }) => ({
    status: 400,
    error: `${message} of ${details.limit}`,
    code: details.limit === 'time' ? 'ExecutionTimeLimitExceeded' : 'FunctionExecutionError',
  }),
  NO_MATCHING_RULE: ({ message }) => ({
    status: 403,
    error: message,
    code: 'NoMatchingRuleFound',
  }),
  BAD_REQUEST: ({ message, status }) => ({ status, error: message, code: 'BadRequest' }),
  PAYLOAD_TOO_LARGE: ({ details, message }) => ({
    status: 413,
    error: `${message}: the limit is ${details.limit} bytes`,
    code: 'BadRequest',
  }),
  // The original's answer has no code that clients know.
  RATE_LIMITED: ({ message }) => ({ status: 429, error: message }),
  SERVICE_UNAVAILABLE: ({ message }) => ({
    status: 503,
    error: message,
    code: 'InternalServerError',
  }),
  INTERNAL_SERVER_ERROR: ({ details, message }) => ({
    status: 500,
    error: `${message} (${details.errorId})`,
    code: 'InternalServerError',
  }),
};

/** The answer of the protocol for an error of the gateway. */
export function toProtocolAnswer<Code extends ErrorCode>(
  error: GatewayError<Code>,
): ProtocolAnswer {
  return TABLE[error.code](error);
}

function withPaths(message: string, paths: readonly string[]): string {
  return paths.length === 0 ? message : `${message} (${paths.join(', ')})`;
}
