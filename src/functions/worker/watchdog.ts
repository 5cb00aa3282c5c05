/**
 * The thread beside a function: it ends the process when the function has used up its memory or the
 * gateway is gone. It is a thread so that an endless loop in the function cannot stop it.
 *
 * V8's own limit does not count buffers, and a loop never learns that the gateway has died.
 */
import { workerData } from 'node:worker_threads';
import { MEMORY_IS_USED_UP } from '../messages.ts';
import { sayAtLast } from './say-at-last.ts';

const INTERVAL_MILLISECONDS = 50;
const BYTES_PER_MEBIBYTE = 1024 * 1024;
/** What V8 needs besides the heap that its own limit counts, young generation and code among it. */
const OVERHEAD_MEBIBYTES = 96;

const { memoryMb, parentId } = workerData as { memoryMb: number; parentId: number };
const limit = process.memoryUsage.rss() + (memoryMb + OVERHEAD_MEBIBYTES) * BYTES_PER_MEBIBYTE;

setInterval(() => {
  const isOrphan = process.ppid !== parentId;
  const isUsedUp = process.memoryUsage.rss() > limit;
  if (isUsedUp) sayAtLast(MEMORY_IS_USED_UP);
  if (isOrphan || isUsedUp) process.kill(process.pid, 'SIGKILL');
}, INTERVAL_MILLISECONDS);
