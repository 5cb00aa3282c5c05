/** A place for a worker, which does not stay empty. */
import type { Log } from '../../log.ts';
import { createBackOff } from './back-off.ts';
import type { Crew } from './crew.ts';
import type { StartFailure } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** One of as many as there are to be workers. */
export type Place = ReturnType<typeof createPlace>;

/** Creates an empty place. */
export function createPlace(crew: Crew, log: Log) {
  const backOff = createBackOff();
  let current: WorkerProcess | undefined;
  let wait: NodeJS.Timeout | undefined;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  /** The worker has ended: unless that was meant, another takes its place. */
  async function refill(worker: WorkerProcess): Promise<void> {
    const { code, signal } = await worker.ended;
    if (crew.isStopping() || current !== worker) return;
    current = undefined;
    const milliseconds = backOff.next(worker.age());
    const start = await worker.started;
    const why = start.type === 'failed' ? failureFields(start) : {};
    log.error(
      { worker: worker.pid, code, signal, ...why, milliseconds },
      'a worker has ended, another takes its place',
    );
    wait = setTimeout(() => {
      if (!crew.isStopping()) occupy(crew.begin());
    }, milliseconds);
  }

  function occupy(worker: WorkerProcess): WorkerProcess | undefined {
    clearTimeout(wait);
    const before = current;
    current = worker;
    void worker.started.then(({ type }) => {
      if (type === 'listening') open();
    });
    void refill(worker);
    return before;
  }

  return {
    /** Gives the place to a worker; returns the one that had it. */
    occupy,
    /** Resolves once a worker has listened here. */
    opened,
  };
}

/** What the log says of a start that failed. */
export function failureFields({ problems, reason }: StartFailure) {
  return problems === undefined ? { reason } : { problems };
}
