/** A log that several processes write to one standard output. */
import { pino } from 'pino';
import type { Config } from '../../config.ts';
import { createLog, type Log } from '../../log.ts';

/** POSIX: a pipe takes so many bytes at once, none of another process in between. */
const WHOLE_BYTES = 4096;
const BATCH_BYTES = 2048;
const FLUSH_MILLISECONDS = 500;

/** As `createLog`, but lines of several processes do not run into each other; longer ones than 4096 bytes may. */
export function createSharedLog(level: Config['logLevel']): Log {
  if (level === 'silent') return createLog(level);
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxWrite: WHOLE_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
  });
  return createLog(level, destination);
}
