/**
 * What a process writes to its standard error when it ends. A signal alone does not tell a function that has used
 * up its memory from one that calls `process.abort`: V8 and the watchdog say so before they end the process.
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { KILLS_ITSELF, MEMORY_IS_USED_UP } from '../messages.ts';

/** What V8 says of a heap that is full and of a list or a string that cannot be, and what the watchdog says. */
const OUT_OF_MEMORY = [
  'heap out of memory',
  'Fatal JavaScript invalid size error',
  MEMORY_IS_USED_UP,
];
/** Of one piece, kept for the words that go on in the next one. */
const KEPT_CHARACTERS = 64;
/** How long words may take that were written before the end. */
const PATIENCE_MILLISECONDS = 500;

/** The standard error of one process. */
export type LastWords = ReturnType<typeof readLastWords>;

/** Reads the stream until it ends, and keeps next to nothing of it. */
export function readLastWords(stream: Readable) {
  const ended = once(stream, 'close').catch(() => undefined);
  let rest = '';
  let isOutOfMemory = false;
  let isOwnDoing = false;
  stream.setEncoding('latin1').on('data', (chunk: string) => {
    const text = rest + chunk;
    isOutOfMemory ||= OUT_OF_MEMORY.some((words) => text.includes(words));
    isOwnDoing ||= text.includes(KILLS_ITSELF);
    rest = text.slice(-KEPT_CHARACTERS);
  });
  stream.on('error', () => undefined);

  return {
    /** A new call begins: what was said before is not about it. */
    forget() {
      isOutOfMemory = false;
      isOwnDoing = false;
      rest = '';
    },
    /** Whether the process, which was ended by this signal, said that its memory was used up. */
    async sayOutOfMemory(signal: NodeJS.Signals | null) {
      // A process that it started may hold the stream open.
      await Promise.race([ended, delay(PATIENCE_MILLISECONDS, undefined, { ref: false })]);
      // Without a word only the system ends a process so, when the machine has no memory left.
      return isOutOfMemory || (signal === 'SIGKILL' && !isOwnDoing);
    },
  };
}
