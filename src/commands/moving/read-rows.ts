/** The rows of a file, read as they are asked for, so that its size does not matter. */
import { createReadStream } from 'node:fs';
import { createObjectScan } from './object-scan.ts';

/** One row: its text, or what is wrong with it. */
export interface Row {
  /** Number of the line that it begins in, from 1. */
  readonly line: number;
  /** Bytes of the file up to its end. */
  readonly position: number;
  readonly text?: string;
  readonly problem?: string;
}

/** What is read, and how long a row may be. */
export interface RowSource {
  readonly file: string;
  /** Most bytes of one row. */
  readonly maxBytes: number;
}

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/** The end of a file was reached within a row. */
const CUT_OFF = 'The file ends in the middle of this row';

/** Reads the lines of a file (NDJSON). Empty ones are left out. */
export async function* readLines(source: RowSource): AsyncGenerator<Row> {
  const pending = createPending(source.maxBytes);
  let [line, position] = [1, 0];
  for await (const chunk of chunksOf(source)) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      pending.add(chunk.subarray(start, end));
      const row = pending.take();
      if (row !== null) yield { line, position: position + end + 1, ...row };
      line += 1;
      start = end + 1;
    }
    pending.add(chunk.subarray(start));
    position += chunk.length;
  }
  const last = pending.take();
  if (last === null) return;
  const isWhole = last.text !== undefined && isJson(last.text);
  yield { line, position, ...(isWhole || last.text === undefined ? last : { problem: CUT_OFF }) };
}

/**
 * Reads the objects of a file that holds one JSON list, several of them one after the other, or objects without a
 * list, over one line or many. Ends at the first thing that is none, since nobody can tell what comes after.
 */
export async function* readObjects(source: RowSource): AsyncGenerator<Row> {
  const pending = createPending(source.maxBytes);
  const scan = createObjectScan();
  let position = 0;
  for await (const chunk of chunksOf(source)) {
    for (const { end, isEnd, isStrange, line, start } of scan.pieces(chunk)) {
      pending.add(chunk.subarray(start, end));
      if (isStrange) {
        yield { line, position: position + end, problem: 'From here on it is no list of objects' };
        return;
      }
      const row = isEnd ? pending.take() : null;
      if (row !== null) yield { line, position: position + end, ...row };
    }
    position += chunk.length;
  }
  const { isListOpen, isWithin, line } = scan.state();
  if (isWithin) yield { line, position, problem: CUT_OFF };
  else if (isListOpen) yield { line, position, problem: 'The list has no end' };
}

/** What of a row has been read; no more of it is held than a row may have. */
function createPending(maxBytes: number) {
  let [parts, bytes]: [Buffer[], number] = [[], 0];
  return {
    add(part: Buffer) {
      bytes += part.length;
      if (bytes > maxBytes) parts = [];
      else if (part.length > 0) parts.push(part);
    },
    take(): Pick<Row, 'text' | 'problem'> | null {
      const [taken, length] = [parts, bytes];
      [parts, bytes] = [[], 0];
      if (length > maxBytes) return { problem: `The row is longer than ${maxBytes} bytes` };
      const text = decode(Buffer.concat(taken));
      if (text === undefined) return { problem: 'The row is not UTF-8' };
      return text.trim() === '' ? null : { text };
    },
  };
}

/** A mark at the beginning of the file is left out. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function chunksOf({ file }: RowSource): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: CHUNK_BYTES });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
