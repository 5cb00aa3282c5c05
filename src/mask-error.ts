/** What a client may know of an error that it is not meant to see. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from './errors.ts';
import type { Log } from './log.ts';

/** Logs `error` under a new id and returns what the client may know of it. */
export function maskError(
  log: Pick<Log, 'error'>,
  error: unknown,
): GatewayError<'INTERNAL_SERVER_ERROR'> {
  const errorId = randomUUID();
  log.error({ err: error, errorId }, 'unexpected error');
  return new GatewayError('INTERNAL_SERVER_ERROR', { errorId });
}
