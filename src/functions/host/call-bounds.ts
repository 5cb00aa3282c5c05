/** The limits of a call, passed on to what it asks of the database. */
import { GatewayError, serviceUnavailable } from '../../errors.ts';
import type { OperationLimits } from '../../store/operation-limits.ts';

/** How long a call may run, and how much memory what it asks for may take. */
export interface CallBounds {
  readonly timeoutSeconds: number;
  /** Of documents, decoded, in bytes. */
  readonly memoryBytes: number;
}

/** What a decoded document takes in memory, as a multiple of its bytes: docs/measurements.md. */
const DECODED_FACTOR = 8;
const MILLISECONDS = 1000;

/** Creates the limits that the operations of a call of the function `name` share. Its time begins with the first. */
export function createBounds(name: string, bounds: CallBounds) {
  const reading = new AbortController();
  const writing = new AbortController();
  let deadline: number | undefined;
  const timeLeft = () => {
    deadline ??= performance.now() + bounds.timeoutSeconds * MILLISECONDS;
    return Math.max(0, deadline - performance.now());
  };
  const isOver = () => serviceUnavailable(new Error('The call of the function is over'));
  let held = 0;
  let timer: NodeJS.Timeout | undefined;

  function hold(bytes: number): void {
    held += bytes * DECODED_FACTOR;
    if (held <= bounds.memoryBytes) return;
    throw new GatewayError('FUNCTION_LIMIT_EXCEEDED', { function: name, limit: 'memory' });
  }

  return {
    /** Those of one operation; `release` is to be called when its answer was sent. */
    limitsOf(isWriting: boolean) {
      timeLeft();
      let own = 0;
      const { signal } = isWriting ? writing : reading;
      const limits: OperationLimits = {
        signal,
        timeLeft,
        hold(bytes) {
          own += bytes;
          hold(bytes);
        },
      };
      return { limits, release: () => hold(-own) };
    },
    /** Ends what reads at once, and what writes when the call was stopped or its time is over. */
    end(isStopped: boolean) {
      reading.abort(isOver());
      if (isStopped) writing.abort(isOver());
      else timer ??= setTimeout(() => writing.abort(isOver()), timeLeft()).unref();
    },
    /** Nothing is under way any more. */
    close: () => clearTimeout(timer),
  };
}
