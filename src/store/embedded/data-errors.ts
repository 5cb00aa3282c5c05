/** What goes wrong in a data operation, as the operator's code sees it. */
import { isGatewayError } from '../../errors.ts';
import { DataOperationError, DuplicateKeyError } from '../port.ts';

/** The server's number for a value that a unique index holds already. */
const DUPLICATE_KEY = 11000;

/**
 * Runs an operation whose faults are the operator's own: a malformed filter, an update that does not
 * fit. An outage stays `SERVICE_UNAVAILABLE`.
 */
export async function asDataOperation<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isGatewayError(error) || error instanceof DataOperationError) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    if (cause instanceof DuplicateKeyError) {
      const message = `E${DUPLICATE_KEY} duplicate key error: ${cause.message}`;
      throw new DataOperationError(message, { code: DUPLICATE_KEY, cause });
    }
    throw new DataOperationError(cause.message, { cause });
  }
}
