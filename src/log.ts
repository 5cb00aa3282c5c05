/** The log: pino, JSON lines, with credentials redacted wherever they might appear. */
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';
import type { Config } from './config.ts';

/** What the layers log to. */
export type Log = Logger;

const CREDENTIAL_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'access_token',
  'refresh_token',
  'id_token',
  'key',
] as const;

/** Somewhere that lines are written to, in batches if it can be told to write what it has. */
interface LogDestination extends DestinationStream {
  readonly flushSync?: () => void;
}

/** pino's number for it. */
const ERROR = 50;

/** Creates the log. `destination` is standard output, in batches, unless another is passed. */
export function createLog(
  level: Config['logLevel'],
  destination: LogDestination = level === 'silent' ? NOWHERE : openStandardOutput(),
): Log {
  const flush = () => destination.flushSync?.();
  const options: LoggerOptions = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    redact: {
      // Nothing is meant to log these. The list is a second net, two levels deep.
      paths: CREDENTIAL_FIELDS.flatMap((field) => [
        `["${field}"]`,
        `*["${field}"]`,
        `*.*["${field}"]`,
      ]),
      censor: '[redacted]',
    },
    hooks: {
      logMethod(args, method, lineLevel) {
        method.apply(this, args);
        // What may be the last that the process says is not kept back.
        if (lineLevel >= ERROR) flush();
      },
    },
  };
  return pino(options, destination);
}

/** The log of lines whose every field is known to be harmless: to look for credentials in them costs more than the line. */
export function withoutRedaction(log: Log): Log {
  return log.child({}, { redact: [] });
}

const NOWHERE: LogDestination = { write: () => undefined };

const BATCH_BYTES = 8192;
/** A line is written after so long, whether a batch is full or not. */
const FLUSH_MILLISECONDS = 500;

/** Writes in batches, off the event loop; what is left when the process exits is written then. */
function openStandardOutput(): LogDestination {
  return pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
  });
}

/**
 * What the log keeps of an error: no property beyond these, since libraries attach tokens, payloads
 * and commands to theirs.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
