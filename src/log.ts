/** The log: pino, JSON lines, with credentials redacted wherever they might appear. */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from './config.ts';

/** What the layers log to. */
export type Log = Logger;

const CREDENTIAL_FIELDS = [
  'authorization',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'cookie',
] as const;

/** Creates the log. `destination` is standard output unless a test passes its own. */
export function createLog(level: Config['logLevel'], destination?: DestinationStream): Log {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      // Nothing is meant to log these. The list is a second net, two levels deep.
      paths: CREDENTIAL_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
