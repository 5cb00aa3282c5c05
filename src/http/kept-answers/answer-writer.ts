/** Writes an answer as Node.js would write it. */
import type { Answer } from './kept-answers.ts';

/** The bytes of an answer, a character each. `id` is its `x-request-id`. */
export type WriteAnswer = (id: string, answer: Answer) => string;

const MILLISECONDS_PER_SECOND = 1000;

/**
 * Creates a writer for connections that are kept as long as this, in milliseconds; 0: for good. `now` says the epoch
 * milliseconds.
 */
export function createAnswerWriter(keepAliveTimeout: number, now: () => number): WriteAnswer {
  const seconds = Math.floor(keepAliveTimeout / MILLISECONDS_PER_SECOND);
  const connection =
    keepAliveTimeout === 0
      ? 'Connection: keep-alive\r\n'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`;
  const dateOf = createDates();
  return (id, answer) =>
    `HTTP/1.1 200 OK\r\nx-request-id: ${id}\r\n${linesOf(answer)}Date: ${dateOf(now())}\r\n${connection}\r\n${answer.body}`;
}

/** The headers of an answer, which may be sent many times. */
function linesOf(answer: Answer): string {
  answer.lines ??= writeLines(answer);
  return answer.lines;
}

function writeLines({ headers }: Answer): string {
  let lines = '';
  for (let index = 0; index < headers.length; index += 2) {
    lines += `${headers[index]}: ${headers[index + 1]}\r\n`;
  }
  return lines;
}

/** Says the date of a time as RFC 9110 section 5.6.7 has it, anew once a second. */
function createDates(): (time: number) => string {
  let [latest, text] = [Number.NaN, ''];
  return (time) => {
    const second = Math.floor(time / MILLISECONDS_PER_SECOND);
    if (second !== latest) [latest, text] = [second, new Date(time).toUTCString()];
    return text;
  };
}
