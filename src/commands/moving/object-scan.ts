/** Where the objects of a JSON list begin and end, found without reading what they say. */

/** A part of a chunk that is part of an object. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Whether the object ends with it. */
  readonly isEnd: boolean;
  /** Whether there is something here that is neither an object nor a list of them. */
  readonly isStrange: boolean;
  /** The line that the object, or what is strange, begins in; from 1. */
  readonly line: number;
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [LIST_BEGINS, LIST_ENDS] = [0x5b, 0x5d];
const [OBJECT_BEGINS, OBJECT_ENDS] = [0x7b, 0x7d];
/** Tab, carriage return, space, comma; and the mark that UTF-8 may begin with. */
const BETWEEN: ReadonlySet<number> = new Set([0x09, NEWLINE, 0x0d, 0x20, 0x2c, 0xef, 0xbb, 0xbf]);

/** Creates what follows a file chunk after chunk. */
export function createObjectScan() {
  const inside = createDepth();
  let [line, begun, start] = [1, 1, 0];
  let isListOpen = false;

  /** Whether what is outside an object may be there. */
  function isExpected(byte: number): boolean {
    if (byte === LIST_BEGINS && !isListOpen) isListOpen = true;
    else if (byte === LIST_ENDS && isListOpen) isListOpen = false;
    else return BETWEEN.has(byte);
    return true;
  }

  /** What ends at this byte, if anything does. */
  function step(index: number, byte: number): Piece | undefined {
    if (inside.isWithin()) {
      inside.follow(byte);
      if (inside.isWithin()) return undefined;
      return { start, end: index + 1, isEnd: true, isStrange: false, line: begun };
    }
    if (byte === OBJECT_BEGINS) {
      inside.follow(byte);
      [start, begun] = [index, line];
      return undefined;
    }
    if (isExpected(byte)) return undefined;
    return { start: index, end: index, isEnd: false, isStrange: true, line };
  }

  return {
    /** The objects of a chunk, those included that began before it or go on after it; no more after what is strange. */
    *pieces(chunk: Uint8Array): Generator<Piece> {
      start = 0;
      for (const [index, byte] of chunk.entries()) {
        if (byte === NEWLINE) line += 1;
        const piece = step(index, byte);
        if (piece !== undefined) yield piece;
      }
      if (!inside.isWithin()) return;
      yield { start, end: chunk.length, isEnd: false, isStrange: false, line: begun };
    },
    /** Whether the file ends too early if it ends here, and the line to say. */
    state() {
      const isWithin = inside.isWithin();
      return { isListOpen, isWithin, line: isWithin ? begun : line };
    },
  };
}

/** Counts braces and brackets, except those in texts. */
function createDepth() {
  let depth = 0;
  let [isText, isEscaped] = [false, false];

  function followText(byte: number): void {
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isText = false;
  }

  return {
    isWithin: () => depth > 0,
    follow(byte: number) {
      if (isText) followText(byte);
      else if (byte === QUOTE) isText = true;
      else if (byte === OBJECT_BEGINS || byte === LIST_BEGINS) depth += 1;
      else if (byte === OBJECT_ENDS || byte === LIST_ENDS) depth -= 1;
    },
  };
}
