/** The process that the operator started, when there are several workers: it serves nothing itself. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { createSharedLog } from '../../log.ts';
import { type CommandLine, describeError } from '../command-line.ts';
import { describeStartError } from '../start-error.ts';
import type { FromWorker } from './messages.ts';
import { createMetricsCollector } from './metrics-collector.ts';
import { createSupervisor } from './supervisor.ts';
import { createTurnstile } from './turnstile.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** What running takes. */
export interface RunPrimaryParts {
  readonly line: CommandLine;
  readonly config: Config;
  /** Told the address, once all workers listen. */
  readonly onListening: (url: string) => void;
}

const MILLISECONDS_PER_SECOND = 1000;
/** What a worker has after `DRAIN_DELAY`: for running requests, which it cuts off after ten seconds, and to close the rest. */
const STOP_MILLISECONDS = 20_000;

/** Starts the workers, and keeps them until a signal stops them. */
export async function runPrimary({ config, line, onListening }: RunPrimaryParts): Promise<void> {
  const log = createSharedLog(config.logLevel);
  let { port } = config;
  const desk = createDesk(() => supervisor.workers());
  const supervisor = createSupervisor({
    log,
    count: config.workers,
    patience: config.drainDelaySeconds * MILLISECONDS_PER_SECOND + STOP_MILLISECONDS,
    startProcess: () => {
      const worker = startWorkerProcess(port, desk.hear);
      void worker.ended.then(() => desk.forget(worker));
      return worker;
    },
  });
  const stop = () => {
    supervisor.stop().then(
      (isWell) => line.exit(isWell ? 0 : 1),
      (error: unknown) => line.fail([describeError(error)]),
    );
  };
  line.onSignal('SIGHUP', supervisor.replace);
  line.onSignal('SIGTERM', stop);
  line.onSignal('SIGINT', stop);
  // In turns: left to chance one worker may get most of the connections, and they last.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  try {
    port = await findPort(config);
  } catch (error) {
    line.fail([describeStartError(error, config)]);
  }
  if (supervisor.isStopping()) return;
  const start = await supervisor.start();
  // Whoever stops it hears of that, not of a start that was cut off.
  if (supervisor.isStopping()) return;
  if (start.type === 'failed') return line.fail([start.reason]);
  log.info({ url: start.url, workers: config.workers }, 'all workers listen');
  onListening(start.url);
}

/** Where the primary hears its workers, and lets them know of each other. */
function createDesk(workers: () => readonly WorkerProcess[]) {
  const metrics = createMetricsCollector<WorkerProcess>((worker, question) =>
    worker.tell({ type: 'give-metrics', question }),
  );
  const turnstile = createTurnstile<WorkerProcess>((worker) => worker.tell({ type: 'settled' }));
  const answerMetrics = async (from: WorkerProcess, question: number) => {
    const values = await metrics.collect(workers().filter((worker) => worker.isListening()));
    from.tell({ type: 'all-metrics', question, values });
  };
  return {
    hear(from: WorkerProcess, message: FromWorker): void {
      if (message.type === 'settle') turnstile.ask(from);
      else if (message.type === 'closed') turnstile.leave(from);
      else if (message.type === 'ask-metrics') void answerMetrics(from, message.question);
      else if (message.type === 'own-metrics') metrics.take(from, message.question, message.values);
    },
    /** The worker is gone. */
    forget(worker: WorkerProcess): void {
      turnstile.leave(worker);
      metrics.leave(worker);
    },
  };
}

/**
 * The port that all workers listen on. Asked for a free one by each, the system would give those another that
 * start when no worker is left.
 */
async function findPort({ host, port }: Config): Promise<number> {
  if (port !== 0) return port;
  const server = createServer().listen({ host, port });
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}
