/**
 * Judges the file of the store before LMDB maps it: mapped, a damaged file ends the process by a signal,
 * with nothing said, and an empty one becomes an empty store.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { areFree } from './lmdb-free-pages.ts';
import { findPageProblem, PAGE_HEADER, type Snapshot, toPage, toRoot } from './lmdb-pages.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** The low half is the version, the high half may hold flags. */
const VERSION_MASK = 0xffff;
const META_FLAG = 0x08;
/** Page header and meta: what a meta page must hold at least. */
const META_BYTES = 168;
const SMALLEST_PAGE = 256;
const LARGEST_PAGE = 65_536;
/** Offsets in a meta page; databases are those of free pages and of names. */
const OFFSETS = {
  flags: 18,
  magic: PAGE_HEADER,
  version: 28,
  pageSize: 48,
  freeRoot: 88,
  mainRoot: 136,
  lastPage: 144,
  transaction: 152,
} as const;

/** Pages that are looked at in every start, up to 40 MiB; all of a file that lacks pages which are not free. */
const WALKED_PAGES = 10_000;
/** Pages that the end of a healthy file may lack: as many as LMDB keeps in memory for a transaction. */
const MAX_MISSING_PAGES = 131_072;
/** How the name of a file begins that is to be the store once it is whole. */
export const RESTORING = 'restoring-';
/** How often a store that another process is writing to is read again. */
const ATTEMPTS = 5;
/** How long another process may take to make the file, in milliseconds, and how often it is looked at. */
const CREATION_WAIT = 1_000;
const CREATION_INTERVAL = 50;

const ADVICE =
  'Restore the directory from a backup, without its lock.mdb. To begin with an empty store, move the directory away';

/**
 * Resolves if LMDB can map the file in `directory`, or may make it.
 *
 * @returns whether the file is there.
 * @throws Error that names the file, what is wrong with it and what to do.
 */
export async function assertDataFile(directory: string): Promise<boolean> {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path) && readdirSync(directory).some((name) => name.startsWith(RESTORING))) {
    throw new Error(
      `A restore into "${directory}" runs or was cut off: repeat it (custom-user-data store restore), or remove ` +
        `the files whose names begin with "${RESTORING}"`,
    );
  }
  const deadline = Date.now() + CREATION_WAIT;
  // LMDB makes its lock first: a process that starts at the same time may be about to make the file.
  while (sizeOf(path) === 0 && sizeOf(join(directory, 'lock.mdb')) > 0) {
    if (Date.now() >= deadline)
      throw damaged(path, 'it is gone or empty, and a lock.mdb says that there was one');
    await delay(CREATION_INTERVAL);
  }
  if (sizeOf(path) === 0) return false;
  const problem = findFileProblem(path, WALKED_PAGES);
  if (problem !== undefined) throw damaged(path, problem);
  return true;
}

function damaged(path: string, problem: string): Error {
  return new Error(`The file "${path}" cannot be used: ${problem}. ${ADVICE}`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * What is wrong with a file of LMDB's, or `undefined`.
 *
 * @param limit how many pages are looked at; all of a file that lacks pages which are not free.
 */
export function findFileProblem(path: string, limit: number): string | undefined {
  const file = openSync(path, 'r');
  try {
    let problem = findProblem(file, limit);
    // What another process commits meanwhile may reuse the pages that are read here.
    for (let attempt = 1; attempt < ATTEMPTS && problem?.transaction !== undefined; attempt += 1) {
      const again = findProblem(file, limit);
      if (again?.transaction === problem.transaction) return problem.text;
      problem = again;
    }
    return problem?.text;
  } finally {
    closeSync(file);
  }
}

interface Problem {
  readonly text: string;
  /** The transaction that made the state that was looked at; absent: it cannot be told. */
  readonly transaction?: bigint;
}

function findProblem(file: number, limit: number): Problem | undefined {
  const first = readMeta(file, 0);
  if (typeof first === 'string') return { text: first };
  const second = readMeta(file, first.pageSize);
  if (typeof second === 'string') return { text: second };
  if (second.pageSize !== first.pageSize) return { text: 'its two headers disagree' };
  const newest = first.transaction >= second.transaction ? first : second;
  const { pageSize, lastPage, transaction } = newest;
  // After the header: what it refers to was written before it.
  const { size } = fstatSync(file);
  const missing = lastPage + 1 - Math.floor(size / pageSize);
  if (missing > MAX_MISSING_PAGES) {
    return { text: `it is cut off: ${missing} pages are missing at its end`, transaction };
  }
  // One for all pages: a new one for each takes as long as reading it.
  const bytes = Buffer.alloc(pageSize);
  const readPage = (page: number) => readInto(bytes, file, page * pageSize);
  const source = { size, readPage };
  // In a file that is cut off any page may lead to one that is missing.
  const isWhole = missing <= 0 || areFree(source, newest, lastPage + 1 - missing);
  const text = findPageProblem(source, newest, isWhole ? limit : Number.POSITIVE_INFINITY);
  return text === undefined ? undefined : { text, transaction };
}

interface Meta extends Snapshot {
  readonly transaction: bigint;
}

/** The meta page at `offset`, or what is wrong with it. */
function readMeta(file: number, offset: number): Meta | string {
  const bytes = readAt(file, offset, META_BYTES);
  if (bytes === undefined) return 'it ends within its header';
  const isMeta = (bytes.readUInt16LE(OFFSETS.flags) & META_FLAG) !== 0;
  if (!isMeta || bytes.readUInt32LE(OFFSETS.magic) !== MAGIC) {
    return 'it is no LMDB file of a 64-bit little-endian machine';
  }
  const version = bytes.readUInt32LE(OFFSETS.version) & VERSION_MASK;
  if (version !== DATA_VERSION) {
    return `it has version ${version} of LMDB's format, and this program reads version ${DATA_VERSION}`;
  }
  const pageSize = bytes.readUInt32LE(OFFSETS.pageSize);
  if (!isPageSize(pageSize)) return `its header says that a page has ${pageSize} bytes`;
  return {
    pageSize,
    lastPage: toPage(bytes.readBigUInt64LE(OFFSETS.lastPage)),
    roots: [OFFSETS.freeRoot, OFFSETS.mainRoot].map((root) => toRoot(bytes.readBigUInt64LE(root))),
    transaction: bytes.readBigUInt64LE(OFFSETS.transaction),
  };
}

function isPageSize(size: number): boolean {
  return size >= SMALLEST_PAGE && size <= LARGEST_PAGE && Number.isInteger(Math.log2(size));
}

function readAt(file: number, offset: number, length: number): Buffer | undefined {
  return readInto(Buffer.alloc(length), file, offset);
}

function readInto(bytes: Buffer, file: number, offset: number): Buffer | undefined {
  if (!Number.isSafeInteger(offset)) return undefined;
  return readSync(file, bytes, 0, bytes.length, offset) === bytes.length ? bytes : undefined;
}
