/** What the driver's errors mean to the rest of the code. */
import {
  MongoClientClosedError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb';
import { isGatewayError, serviceUnavailable } from '../../errors.ts';
import { DataOperationError, DuplicateKeyError } from '../port.ts';

/** Servers agree on the number only; text, `codeName` and `keyPattern` differ. */
const DUPLICATE_KEY = 11000;
const INTERNAL_ERROR = 1;
/** Two writers met at one document or one index entry; the server asks to try again. */
const WRITE_CONFLICT = 112;

/** Server codes that say "not now": no primary, shutting down, interrupted, out of time, out of room. */
const NO_ANSWER_CODES: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  WRITE_CONFLICT,
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

/** Server codes of what a database lacks; MongoDB itself has the first two only. */
const NOT_SUPPORTED_CODES: ReadonlySet<unknown> = new Set([
  115, // CommandNotSupported
  238, // NotImplemented, FerretDB's
  303, // "Feature not supported", Amazon DocumentDB's
]);

const NO_ANSWER_ERRORS = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoWriteConcernError,
  MongoTopologyClosedError,
  MongoServerClosedError,
  MongoClientClosedError,
  MongoNotConnectedError,
  MongoExpiredSessionError,
] as const;

/** The driver does not export the class of this one. */
const POOL_TIMEOUT_NAME = 'MongoWaitQueueTimeoutError';

/** Whether a write would have broken a unique index. */
export function isDuplicateKey(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return error.code === DUPLICATE_KEY || isDuplicateOnSqlite(error);
}

/** FerretDB 1 passes this error of SQLite's on as an internal one. */
function isDuplicateOnSqlite({ code, message }: MongoServerError): boolean {
  return code === INTERNAL_ERROR && message.includes('UNIQUE constraint failed');
}

/** Whether the database does not know what it was asked for. */
export function isNotSupported(error: unknown): boolean {
  return error instanceof MongoServerError && NOT_SUPPORTED_CODES.has(error.code);
}

/** Whether the server asks to send the same write again. */
export function isWriteConflict(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === WRITE_CONFLICT;
}

/**
 * Translates an error of the driver.
 *
 * Messages of the server are dropped: they quote the data that it refused.
 */
export function toStoreError(error: unknown): unknown {
  if (isDuplicateKey(error))
    return new DuplicateKeyError('A unique index holds this value already');
  if (isNoAnswer(error)) return serviceUnavailable(error);
  if (!(error instanceof MongoServerError)) return error;
  const code = `${error.code ?? 'none'}${error.codeName ? ` (${error.codeName})` : ''}`;
  return new Error(`The database refused an operation with code ${code}`);
}

/** Translates an error of the driver for the operator's own code, which may see what the server says. */
export function toDataError(error: unknown): unknown {
  if (isNoAnswer(error)) return serviceUnavailable(error);
  if (isGatewayError(error) || error instanceof DataOperationError) return error;
  if (!(error instanceof Error)) return error;
  if (error instanceof MongoServerError) {
    const code = typeof error.code === 'number' ? error.code : undefined;
    return new DataOperationError(error.message, { code, cause: error });
  }
  // A value that cannot be sent, an argument that the driver refuses.
  return new DataOperationError(error.message, { cause: error });
}

/** Whether the database did not answer: nobody knows whether it did what it was asked. */
export function isNoAnswer(error: unknown): boolean {
  if (isSystemError(error)) return true;
  if (!(error instanceof Error)) return false;
  if (NO_ANSWER_ERRORS.some((type) => error instanceof type)) return true;
  if (error.name === POOL_TIMEOUT_NAME) return true;
  if (!(error instanceof MongoServerError)) return false;
  return NO_ANSWER_CODES.has(error.code) || error.hasErrorLabel('RetryableWriteError');
}

/** What Node itself, without asking the system, says of a write to a socket that has ended. */
const ENDED_SOCKET_CODES: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/** An error of the socket, such as "write ECONNRESET": the driver passes some of them on as they are. */
function isSystemError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return 'syscall' in error || ('code' in error && ENDED_SOCKET_CODES.has(error.code));
}
