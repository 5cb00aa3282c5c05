import { describe, expect, test } from '@jest/globals';
import {
  ERROR_CATALOGUE,
  type ErrorCode,
  type ErrorDetails,
  GatewayError,
  unauthenticated,
} from '../../../src/errors.ts';
import { toProtocolAnswer } from '../../../src/realm/error-table.ts';

/** Service errors that native clients have a name for. */
const CLIENT_CODES = new Set(
  `APIKeyAlreadyExists APIKeyNotFound AccountNameInUse AuthError AuthProviderNotFound BadRequest
  ExecutionTimeLimitExceeded FunctionExecutionError FunctionNotFound InternalServerError
  InvalidParameter InvalidPassword InvalidSession MissingParameter NoMatchingRuleFound
  SchemaValidationFailedWrite UserAlreadyConfirmed UserDisabled UserNotFound
  UserpassTokenInvalid`.split(/\s+/),
);

const DETAILS: { readonly [Code in ErrorCode]: readonly ErrorDetails[Code][] } = {
  UNAUTHENTICATED: [
    { reason: 'TOKEN_MISSING' },
    { reason: 'TOKEN_MALFORMED' },
    { reason: 'TOKEN_EXPIRED' },
    { reason: 'TOKEN_INVALID' },
    { reason: 'SESSION_ENDED' },
  ],
  INVALID_CREDENTIALS: [{}, { reason: 'ACCOUNT_DISABLED' }, { reason: 'NOT_CONFIRMED' }],
  ACCOUNT_EXISTS: [{}],
  BAD_USER_INPUT: [{}, { path: '/a' }],
  FIELD_NOT_WRITABLE: [{ paths: ['/a', '/b'] }],
  CUSTOM_DATA_INVALID: [{ violations: [{ path: '/a', message: 'must be text' }] }],
  CUSTOM_DATA_TOO_LARGE: [{ size: 2, budget: 1, largestFields: [{ path: '/a', bytes: 1 }] }],
  REVISION_CONFLICT: [{ currentRevision: null }],
  REVISION_NOT_FOUND: [{}],
  EMAIL_TOKEN_INVALID: [{ reason: 'INVALID' }, { reason: 'EXPIRED' }],
  USER_NOT_FOUND: [{}],
  USER_ALREADY_CONFIRMED: [{}],
  IDENTITY_IN_USE: [{}],
  API_KEY_EXISTS: [{}],
  API_KEY_NOT_FOUND: [{}],
  FUNCTION_NOT_FOUND: [{ function: 'f' }],
  FUNCTION_NOT_ALLOWED: [{ function: 'f' }],
  FUNCTION_FAILED: [{ function: 'f' }],
  FUNCTION_LIMIT_EXCEEDED: [
    { function: 'f', limit: 'time' },
    { function: 'f', limit: 'memory' },
  ],
  NO_MATCHING_RULE: [{}],
  BAD_REQUEST: [{}],
  PAYLOAD_TOO_LARGE: [{ limit: 1 }],
  RATE_LIMITED: [{ retryAfterSeconds: 1 }],
  SERVICE_UNAVAILABLE: [{ retryAfterSeconds: 1 }],
  INTERNAL_SERVER_ERROR: [{ errorId: 'id' }],
};

const ANSWERS = (Object.keys(ERROR_CATALOGUE) as ErrorCode[]).flatMap((code) =>
  DETAILS[code].map((details) => ({
    code,
    details: JSON.stringify(details),
    answer: toProtocolAnswer(new GatewayError(code, details)),
  })),
);

describe('the table of errors', () => {
  test.each(ANSWERS)('$code $details is an error with a code that clients know', ({ answer }) => {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.error.length).toBeGreaterThan(5);
    if (answer.code !== undefined) expect(CLIENT_CODES).toContain(answer.code);
  });

  test('401 is for tokens and log-ins only', () => {
    const codes = ANSWERS.filter(({ answer }) => answer.status === 401).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED', 'INVALID_CREDENTIALS']));
  });

  test('InvalidSession is for tokens that were sent', () => {
    const codes = ANSWERS.filter(({ answer }) => answer.code === 'InvalidSession');
    expect(codes.map(({ details }) => JSON.parse(details).reason)).toEqual([
      'TOKEN_MALFORMED',
      'TOKEN_EXPIRED',
      'TOKEN_INVALID',
      'SESSION_ENDED',
    ]);
    expect(toProtocolAnswer(unauthenticated('TOKEN_MISSING'))).toEqual({
      status: 401,
      error: 'expected Authorization header with JWT (Bearer schema).',
    });
  });

  test('what was wrong with a write is said', () => {
    const textOf = (code: ErrorCode) => ANSWERS.find((row) => row.code === code)?.answer.error;
    expect(textOf('FIELD_NOT_WRITABLE')).toContain('(/a, /b)');
    expect(textOf('CUSTOM_DATA_INVALID')).toContain('(/a must be text)');
    expect(textOf('CUSTOM_DATA_TOO_LARGE')).toContain('2 of 1 bytes (/a 1 bytes)');
  });
});
