/** Repeated removal of what has expired, for stores whose database does not do it by itself. */
import { isGatewayError } from '../errors.ts';

const FIRST_SWEEP_DELAY = 1_000;
const SWEEP_INTERVAL = 60_000;

/**
 * Sweeps soon and then every minute, without keeping the process alive. An outage is no fault: the
 * next sweep removes what this one could not, and requests report it.
 *
 * @param onFault told of any other error.
 * @returns what ends it.
 */
export function sweepRegularly(
  sweep: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): () => void {
  const run = async () => {
    try {
      await sweep();
    } catch (error) {
      if (!isGatewayError(error, 'SERVICE_UNAVAILABLE')) onFault(error);
    }
  };
  const first = setTimeout(() => void run(), FIRST_SWEEP_DELAY).unref();
  const next = setInterval(() => void run(), SWEEP_INTERVAL).unref();
  return () => {
    clearTimeout(first);
    clearInterval(next);
  };
}
