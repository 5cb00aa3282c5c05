/** A log whose lines a test can read. */
import { createLog, type Log } from '../../src/log.ts';

/** Levels as numbers, as the lines have them. */
const LEVELS = { warn: 40, error: 50 } as const;

/** The log, and its lines so far. */
export interface RecordedLog {
  readonly log: Log;
  readonly lines: (level: keyof typeof LEVELS) => Readonly<Record<string, unknown>>[];
}

/** Creates it; it takes every level. */
export function createRecordedLog(): RecordedLog {
  const written: string[] = [];
  return {
    log: createLog('trace', { write: (line) => written.push(line) }),
    lines: (level) =>
      written.map((line) => JSON.parse(line)).filter((line) => line.level === LEVELS[level]),
  };
}
