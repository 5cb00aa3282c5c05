/**
 * The catalogue of every error the gateway means a client to see.
 *
 * Anything thrown that is not a `GatewayError` is a fault of ours: it is logged and masked.
 * `docs/errors.md` describes each code; a test compares the two both ways.
 */

import { boundDetails, boundMessage } from './error-bounds.ts';

/** HTTP status and default client message of every code. The keys are `extensions.code`. */
export const ERROR_CATALOGUE = {
  UNAUTHENTICATED: { status: 401, message: 'Authentication is required' },
  INVALID_CREDENTIALS: { status: 401, message: 'The credentials were refused' },
  ACCOUNT_EXISTS: { status: 200, message: 'An account with this e-mail address already exists' },
  BAD_USER_INPUT: { status: 200, message: 'An argument is malformed' },
  FIELD_NOT_WRITABLE: { status: 200, message: 'The write names fields that users may not write' },
  CUSTOM_DATA_INVALID: { status: 200, message: 'The document would break its schema' },
  CUSTOM_DATA_TOO_LARGE: {
    status: 200,
    message: 'The access token would exceed its size budget',
  },
  REVISION_CONFLICT: { status: 200, message: 'The document has another revision' },
  REVISION_NOT_FOUND: { status: 200, message: 'The history has no such revision' },
  EMAIL_TOKEN_INVALID: { status: 200, message: 'The token is wrong, was used or has expired' },
  USER_NOT_FOUND: { status: 200, message: 'There is no such user' },
  USER_ALREADY_CONFIRMED: { status: 200, message: 'The e-mail address is confirmed already' },
  IDENTITY_IN_USE: { status: 200, message: 'The identity belongs to an account already' },
  API_KEY_EXISTS: { status: 200, message: 'The user has an API key of this name already' },
  API_KEY_NOT_FOUND: { status: 200, message: 'The user has no such API key' },
  FUNCTION_NOT_FOUND: { status: 200, message: 'There is no such function' },
  FUNCTION_NOT_ALLOWED: { status: 200, message: 'The function is not for this caller' },
  FUNCTION_FAILED: { status: 200, message: 'The function threw an error' },
  FUNCTION_LIMIT_EXCEEDED: { status: 200, message: 'The function was stopped at its limit' },
  NO_MATCHING_RULE: { status: 403, message: 'No rule allows this access' },
  BAD_REQUEST: { status: 400, message: 'The request is malformed' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is too large' },
  RATE_LIMITED: { status: 429, message: 'Too many requests, try again later' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'The store cannot be reached, try again' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Internal server error' },
} as const;

/** A stable, machine-readable error code. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Why an access or refresh token was refused: `extensions.reason` of `UNAUTHENTICATED`. */
export type UnauthenticatedReason =
  | 'TOKEN_MISSING'
  | 'TOKEN_MALFORMED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'SESSION_ENDED';

/** Why a log-in was refused although the credentials were right: `extensions.reason`. */
export type RefusalReason = 'ACCOUNT_DISABLED' | 'NOT_CONFIRMED';

/** Why a new password was refused: `extensions.reason`. */
export type PasswordProblem = 'PASSWORD_TOO_SHORT' | 'PASSWORD_TOO_COMMON';

/** Encoded cost of one field of the document, in bytes of the `Authorization` header value. */
export interface FieldSize {
  /** JSON Pointer (RFC 6901) of the field. */
  readonly path: string;
  /** Bytes of the header value that the field accounts for. */
  readonly bytes: number;
}

/** One way in which a document breaks its schema. */
export interface Violation {
  /** JSON Pointer (RFC 6901) of the value, or of the member that is missing or too much. */
  readonly path: string;
  /** What the schema asks for. Quotes the schema, never the document. */
  readonly message: string;
}

/** Facts that travel with a code as members of `extensions`. Never a token, password or stack. */
export type ErrorDetails = {
  readonly [Code in ErrorCode]: Code extends keyof Facts ? Facts[Code] : Record<never, never>;
};

/** A code that is not here has none. */
interface Facts {
  readonly UNAUTHENTICATED: { readonly reason: UnauthenticatedReason };
  readonly INVALID_CREDENTIALS: { readonly reason?: RefusalReason };
  readonly BAD_USER_INPUT: { readonly path?: string; readonly reason?: PasswordProblem };
  readonly FIELD_NOT_WRITABLE: { readonly paths: readonly string[] };
  readonly CUSTOM_DATA_INVALID: { readonly violations: readonly Violation[] };
  readonly CUSTOM_DATA_TOO_LARGE: {
    readonly size: number;
    readonly budget: number;
    readonly largestFields: readonly FieldSize[];
  };
  readonly REVISION_CONFLICT: { readonly currentRevision: string | null };
  readonly EMAIL_TOKEN_INVALID: { readonly reason: 'INVALID' | 'EXPIRED' };
  readonly IDENTITY_IN_USE: { readonly reason?: 'SECOND_EMAIL' };
  readonly FUNCTION_NOT_FOUND: { readonly function: string };
  readonly FUNCTION_NOT_ALLOWED: { readonly function: string };
  readonly FUNCTION_FAILED: { readonly function: string };
  readonly FUNCTION_LIMIT_EXCEEDED: {
    readonly function: string;
    readonly limit: 'time' | 'memory';
  };
  readonly PAYLOAD_TOO_LARGE: { readonly limit: number };
  readonly RATE_LIMITED: { readonly retryAfterSeconds: number };
  readonly SERVICE_UNAVAILABLE: { readonly retryAfterSeconds: number };
  readonly INTERNAL_SERVER_ERROR: { readonly errorId: string };
}

/** What an error may have beside its code. */
export interface GatewayErrorOptions {
  /** Instead of the message in the catalogue. */
  readonly message?: string;
  /** HTTP status instead of the one in the catalogue: a bad request has several. */
  readonly status?: number;
  /** For the log only. */
  readonly cause?: unknown;
}

/**
 * An error the client is meant to see: a stable `code`, a message safe to show and facts as fields.
 *
 * `cause` is for the log only and never leaves the process. Message and details are cut to what fits into
 * an answer.
 */
export class GatewayError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'GatewayError';
  readonly code: Code;
  readonly details: ErrorDetails[Code];
  /** HTTP status of the answer that carries this error. */
  readonly status: number;

  constructor(code: Code, details: ErrorDetails[Code], options: GatewayErrorOptions = {}) {
    super(
      boundMessage(options.message ?? ERROR_CATALOGUE[code].message),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.details = boundDetails(details);
    this.status = options.status ?? ERROR_CATALOGUE[code].status;
  }
}

/** Whether `error` is a `GatewayError`, optionally of one code. */
export function isGatewayError<Code extends ErrorCode>(
  error: unknown,
  code?: Code,
): error is GatewayError<Code> {
  return error instanceof GatewayError && (code === undefined || error.code === code);
}

/** What an error is counted as: its code, or that of a fault of ours. */
export function codeOf(error: unknown): ErrorCode {
  return isGatewayError(error) ? error.code : 'INTERNAL_SERVER_ERROR';
}

/** Whether the answer says when to try again (`Retry-After`, RFC 9110 section 10.2.3). */
export function isWorthRetrying(
  error: unknown,
): error is GatewayError<'SERVICE_UNAVAILABLE' | 'RATE_LIMITED'> {
  return isGatewayError(error, 'SERVICE_UNAVAILABLE') || isGatewayError(error, 'RATE_LIMITED');
}

/** What the caller sent is no use; `path` is the JSON Pointer into the argument, `cause` is for the log. */
export function badInput(
  message: string,
  path?: string,
  cause?: unknown,
): GatewayError<'BAD_USER_INPUT'> {
  return new GatewayError('BAD_USER_INPUT', path === undefined ? {} : { path }, { message, cause });
}

/** The store, or what else the message names, did not answer in time or cannot be reached; `cause` is for the log. */
export function serviceUnavailable(
  cause: unknown,
  message: string = ERROR_CATALOGUE.SERVICE_UNAVAILABLE.message,
  retryAfterSeconds = 1,
): GatewayError<'SERVICE_UNAVAILABLE'> {
  return new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds }, { message, cause });
}

/** An access or refresh token is missing or refused. */
export function unauthenticated(
  reason: UnauthenticatedReason,
  cause?: unknown,
): GatewayError<'UNAUTHENTICATED'> {
  return new GatewayError('UNAUTHENTICATED', { reason }, { message: REASONS[reason], cause });
}

const REASONS: Record<UnauthenticatedReason, string> = {
  TOKEN_MISSING: 'A bearer token is required',
  TOKEN_MALFORMED: 'The bearer token is malformed',
  TOKEN_EXPIRED: 'The token has expired',
  TOKEN_INVALID: 'The token is not valid here',
  SESSION_ENDED: 'The session has ended',
};
