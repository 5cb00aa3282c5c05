/** A process that serves, one of several. */
import type { Worker } from 'node:cluster';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { ConnectionSource } from '../../http/lifecycle.ts';
import { type AskMetrics, createMetrics, type MetricValues } from '../../http/metrics.ts';
import { UnusableFileError } from '../../json-file.ts';
import { createSharedLog } from '../../log.ts';
import type { CommandLine } from '../command-line.ts';
import { runApp } from '../run-app.ts';
import { describeStartError } from '../start-error.ts';
import type { FromPrimary, FromWorker } from './messages.ts';

/** What running takes. */
export interface RunWorkerParts {
  readonly line: CommandLine;
  readonly config: Config;
  readonly worker: Worker;
}

/** Starts a worker, which runs until it is stopped, told to leave, or its primary is gone. */
export function runWorker({ config, line, worker }: RunWorkerParts): void {
  const metrics = createMetrics();
  const primary = createPrimaryLink(worker);
  const app = runApp({
    line,
    config: shareOf(config),
    openOverrides: async () => ({
      log: createSharedLog(config.logLevel),
      metrics,
      askMetrics: primary.askMetrics,
      connections: primary.connections,
    }),
    // The primary is the one to be asked.
    onHangUp: () => undefined,
    onListening: (url) => primary.tell({ type: 'listening', url }),
    onFailure: (error) => {
      const problems = error instanceof UnusableFileError ? error.problems : undefined;
      const reason = describeStartError(error, config);
      // The primary says it, once for all.
      primary.tell({ type: 'failed', reason, problems }, () => line.exit(1));
    },
  });
  primary.listen({
    leave: app.leave,
    lost: app.stop,
    giveMetrics: async (question) => {
      const values = await metrics.registry.getMetricsAsJSON();
      primary.tell({ type: 'own-metrics', question, values });
    },
  });
}

/** The part of a worker in what is bounded for the gateway. */
function shareOf(config: Config): Config {
  const { functions, responseCacheBytes, workers } = config;
  return {
    ...config,
    responseCacheBytes: Math.floor(responseCacheBytes / workers),
    functions: { ...functions, threads: Math.max(1, Math.floor(functions.threads / workers)) },
  };
}

interface PrimaryListeners {
  readonly leave: () => void;
  /** The primary is gone. */
  readonly lost: () => void;
  readonly giveMetrics: (question: number) => Promise<void>;
}

/** The primary as a worker sees it. */
function createPrimaryLink(worker: Worker) {
  const settled: (() => void)[] = [];
  const asked = new Map<number, (values: readonly MetricValues[]) => void>();
  let questions = 0;

  const tell = (message: FromWorker, done: () => void = () => undefined) => {
    if (worker.isConnected()) worker.send(message, done);
    else done();
  };

  /** Answers all who wait for the primary. */
  function giveUp(): void {
    for (const resolve of settled.splice(0)) resolve();
    for (const resolve of asked.values()) resolve([]);
    asked.clear();
  }

  function hear(message: FromPrimary, { giveMetrics, leave }: PrimaryListeners): void {
    if (message.type === 'leave') leave();
    else if (message.type === 'settled') settled.shift()?.();
    else if (message.type === 'give-metrics') void giveMetrics(message.question);
    else {
      asked.get(message.question)?.(message.values);
      asked.delete(message.question);
    }
  }

  const connections: ConnectionSource = {
    async settle() {
      if (!worker.isConnected()) return nextTurn();
      await new Promise<void>((resolve) => {
        settled.push(resolve);
        tell({ type: 'settle' });
      });
    },
    end: () => tell({ type: 'closed' }),
  };
  const askMetrics: AskMetrics = () =>
    new Promise((resolve) => {
      if (!worker.isConnected()) return resolve([]);
      questions += 1;
      asked.set(questions, resolve);
      tell({ type: 'ask-metrics', question: questions });
    });
  return {
    tell,
    connections,
    askMetrics,
    listen(listeners: PrimaryListeners): void {
      worker.on('message', (message: FromPrimary) => hear(message, listeners));
      worker.on('disconnect', () => {
        // Otherwise the process ends at once.
        worker.exitedAfterDisconnect = true;
        giveUp();
        listeners.lost();
      });
    },
  };
}
