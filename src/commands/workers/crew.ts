/** All workers that there are, from the first to the last. */
import type { Log } from '../../log.ts';
import type { Ending, WorkerProcess } from './worker-process.ts';

/** What a crew takes. */
export interface CrewParts {
  readonly log: Log;
  /** Starts a worker. */
  readonly startProcess: () => WorkerProcess;
  /** A worker that was told to stop is killed after so long, in milliseconds. */
  readonly patience: number;
}

/** The workers that there are. */
export type Crew = ReturnType<typeof createCrew>;

/** Creates a crew of nobody. */
export function createCrew({ log, patience, startProcess }: CrewParts) {
  const living = new Set<WorkerProcess>();
  let isStopping = false;

  async function killLate(worker: WorkerProcess): Promise<Ending> {
    const timer = setTimeout(() => {
      log.error({ worker: worker.pid }, 'a worker does not stop and is killed');
      worker.kill('SIGKILL');
    }, patience);
    const ending = await worker.ended;
    clearTimeout(timer);
    return ending;
  }

  return {
    isStopping: () => isStopping,
    /** Those that have begun and not ended. */
    workers: () => [...living],

    /** Starts a worker. */
    begin(): WorkerProcess {
      const fresh = startProcess();
      living.add(fresh);
      void fresh.ended.then(() => living.delete(fresh));
      return fresh;
    },

    /** Ends a worker whose work others go on with. */
    async retire(worker: WorkerProcess): Promise<void> {
      if (worker.isListening()) worker.tell({ type: 'leave' });
      else worker.kill('SIGTERM');
      await killLate(worker);
    },

    /** Ends all; resolves when they are gone, with whether each has ended well. */
    async stop(): Promise<boolean> {
      isStopping = true;
      const endings = [...living].map((worker) => {
        worker.kill('SIGTERM');
        return killLate(worker);
      });
      return (await Promise.all(endings)).every(isWell);
    },
  };
}

/** One that had only begun may be ended by the signal itself. */
function isWell({ code, signal }: Ending): boolean {
  return code === 0 || signal === 'SIGTERM';
}
