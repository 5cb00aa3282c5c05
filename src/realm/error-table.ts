/**
 * The table from the gateway's errors to those of the App Services protocol.
 *
 * 401 is for tokens and log-ins only: clients answer it with a refresh and the same request again, so
 * a 401 for anything else can make them loop.
 */
import type { ErrorCode, GatewayError } from '../errors.ts';
import { answer, type ProtocolAnswer } from './protocol-error.ts';

/** What `error` starts with when clients should refresh their session or forget it. */
const INVALID_SESSION = 'invalid session';

const TABLE: {
  readonly [Code in ErrorCode]: (error: GatewayError<Code>) => ProtocolAnswer;
} = {
  UNAUTHENTICATED: ({ details, message }) =>
    details.reason === 'TOKEN_MISSING'
      ? answer(401, 'expected Authorization header with JWT (Bearer schema).')
      : answer(401, `${INVALID_SESSION}: ${message}`, 'InvalidSession'),
  INVALID_CREDENTIALS: ({ details }) =>
    details.reason === 'ACCOUNT_DISABLED'
      ? answer(401, 'user disabled', 'UserDisabled')
      : answer(401, 'unauthorized', 'AuthError'),
  ACCOUNT_EXISTS: () => answer(409, 'name already in use', 'AccountNameInUse'),
  BAD_USER_INPUT: ({ details: { path }, message }) =>
    answer(400, withPaths(message, path === undefined ? [] : [path]), 'InvalidParameter'),
  FIELD_NOT_WRITABLE: ({ details, message }) =>
    answer(403, withPaths(message, details.paths), 'NoMatchingRuleFound'),
  CUSTOM_DATA_INVALID: ({ details, message }) => {
    const violations = details.violations.map((each) => `${each.path} ${each.message}`);
    return answer(400, withPaths(message, violations), 'SchemaValidationFailedWrite');
  },
  CUSTOM_DATA_TOO_LARGE: ({ details: { size, budget, largestFields }, message }) => {
    const fields = largestFields.map(({ path, bytes }) => `${path} ${bytes} bytes`);
    return answer(400, withPaths(`${message}: ${size} of ${budget} bytes`, fields), 'BadRequest');
  },
  REVISION_CONFLICT: ({ message }) => answer(409, message, 'BadRequest'),
  REVISION_NOT_FOUND: ({ message }) => answer(404, message, 'BadRequest'),
  EMAIL_TOKEN_INVALID: ({ details }) =>
    details.reason === 'EXPIRED'
      ? answer(400, 'userpass token is expired or invalid', 'UserpassTokenInvalid')
      : answer(400, 'invalid token data', 'BadRequest'),
  USER_NOT_FOUND: () => answer(404, 'user not found', 'UserNotFound'),
  USER_ALREADY_CONFIRMED: () => answer(400, 'already confirmed', 'UserAlreadyConfirmed'),
  // Clients look for the word and the sentence. With 401, as the original had it, realm-web tries without end.
  IDENTITY_IN_USE: ({ details }) =>
    details.reason === 'SECOND_EMAIL'
      ? answer(
          400,
          'unauthorized: linking a local-userpass identity is not allowed when one is already linked',
          'BadRequest',
        )
      : answer(
          400,
          'unauthorized: a user already exists with the specified provider',
          'AccountNameInUse',
        ),
  API_KEY_EXISTS: () => answer(409, 'API key with name already exists', 'APIKeyAlreadyExists'),
  API_KEY_NOT_FOUND: () => answer(404, 'API key not found', 'APIKeyNotFound'),
  FUNCTION_NOT_FOUND: ({ details }) =>
    answer(404, `function not found: '${details.function}'`, 'FunctionNotFound'),
  FUNCTION_NOT_ALLOWED: ({ details }) =>
    answer(403, `rule not matched for function "${details.function}"`, 'FunctionExecutionError'),
  FUNCTION_FAILED: ({ message }) => answer(400, message, 'FunctionExecutionError'),
  FUNCTION_LIMIT_EXCEEDED: ({ details: { limit }, message }) => {
    const code = limit === 'time' ? 'ExecutionTimeLimitExceeded' : 'FunctionExecutionError';
    return answer(400, `${message} of ${limit}`, code);
  },
  NO_MATCHING_RULE: ({ message }) => answer(403, message, 'NoMatchingRuleFound'),
  BAD_REQUEST: ({ message, status }) => answer(status, message, 'BadRequest'),
  PAYLOAD_TOO_LARGE: ({ details, message }) =>
    answer(413, `${message}: the limit is ${details.limit} bytes`, 'BadRequest'),
  // The original's answer has no code that clients know.
  RATE_LIMITED: ({ message }) => answer(429, message),
  SERVICE_UNAVAILABLE: ({ message }) => answer(503, message, 'InternalServerError'),
  INTERNAL_SERVER_ERROR: ({ details, message }) =>
    answer(500, `${message} (${details.errorId})`, 'InternalServerError'),
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
