/** Runs a subscription: its results come as server-sent events, until somebody stops it or the gateway ends it. */
import { createClient } from 'graphql-sse';
import { toFailure } from '../shared/failure.ts';
import { describeObstacle } from '../shared/reach.ts';
import { type Answer, type Outgoing, showValue } from './send.ts';

/** What is sent, and who is told of each result. */
export interface Streamed extends Outgoing {
  readonly onAnswer: (answer: Answer) => void;
}

const OK = 200;

/** Never rejects. `null`: it is over, and the last result is what there is to see. */
export function stream(streamed: Streamed): Promise<Answer | null> {
  const { endpoint, reach, body, headers, signal, onAnswer } = streamed;
  const start = performance.now();
  let results = 0;
  const client = createClient({
    url: `${endpoint}/stream`,
    headers: { ...headers },
    retryAttempts: 0,
    fetchFn: reach.fetch,
  });
  return new Promise((resolve) => {
    const stop = client.subscribe(body as never, {
      next(value) {
        results += 1;
        const milliseconds = performance.now() - start;
        onAnswer({ kind: 'answer', status: OK, milliseconds, results, ...showValue(value) });
      },
      error(error) {
        const message =
          error instanceof TypeError ? describeObstacle('silent') : toFailure(error).message;
        resolve({ kind: 'failure', message });
      },
      complete: () => resolve(results > 0 ? null : { kind: 'failure', message: 'Stopped' }),
    });
    signal.addEventListener('abort', stop);
  });
}
