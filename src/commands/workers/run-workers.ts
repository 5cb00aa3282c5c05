/** `start` with several workers: this process is their primary, or one of them. */
import cluster from 'node:cluster';
import { type RunPrimaryParts, runPrimary } from './run-primary.ts';

/** Runs the part of a gateway with several workers that this process is. */
export async function runWorkers(parts: RunPrimaryParts): Promise<void> {
  if (cluster.worker === undefined) return runPrimary(parts);
  const { runWorker } = await import('./run-worker.ts');
  return runWorker({ ...parts, worker: cluster.worker });
}
