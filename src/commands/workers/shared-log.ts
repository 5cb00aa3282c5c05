/** A log that several processes write to one standard output. */
import { pino } from 'pino';
import type { Config } from '../../config.ts';
import { createLog, type Log } from '../../log.ts';

/** POSIX: a pipe takes so many bytes at once, none of another process in between. */
const WHOLE_BYTES = 4096;
const BATCH_BYTES = 2048;
const FLUSH_MILLISECONDS = 500;
/** pino's number for it. */
const ERROR = 50;

/** As `createLog`, but lines of several processes do not run into each other; longer ones than 4096 bytes may. */
export function createSharedLog(level: Config['logLevel']): Log {
  if (level === 'silent') return createLog(level);
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxWrite: WHOLE_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
  });
  const write = output.write.bind(output);
  const destination = Object.assign(output, {
    // By this pino is asked to say the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      const isWritten = write(line);
      // What may be the last that the process says is not kept back.
      if (this.lastLevel >= ERROR) output.flushSync();
      return isWritten;
    },
  });
  return createLog(level, destination);
}
