/**
 * Walks the pages of an LMDB file without mapping it.
 *
 * LMDB has no checksums and follows whatever page number it reads: one that leads outside the file ends
 * the process by a signal. The layout is that of `MDB_page`, `MDB_node`, `MDB_db` and `MDB_ovpage` in
 * LMDB's `mdb.c`, data version 2, on a 64-bit little-endian machine.
 */

/** A state of the file: what a meta page says. */
export interface Snapshot {
  readonly pageSize: number;
  /** Number of the last page that was ever used. */
  readonly lastPage: number;
  /** Root pages of the list of free pages and of the list of databases; `undefined`: empty. */
  readonly roots: readonly (number | undefined)[];
}

/** Where the pages come from. */
export interface PageSource {
  /** Bytes of the file. */
  readonly size: number;
  /** Reads one page, which is good until the next is read; `undefined` if the file ends before its end. */
  readonly readPage: (page: number) => Buffer | undefined;
}

/** Size of a page's header, in bytes. */
export const PAGE_HEADER = 24;
const FLAGS_OFFSET = 18;
const LOWER_OFFSET = 20;
const PAGES_OFFSET = 20;
const BITS = 8;
const POINTER_BYTES = 2;

const NODE_HEADER = 8;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const FIXED_SIZE = 0x20;
const SUB_PAGE = 0x40;

const BIG_DATA = 0x01;
const SUB_DATABASE = 0x02;
const DUPLICATES = 0x04;
const OVERFLOW_REFERENCE = 24;
const DATABASE_RECORD = 48;
const ROOT_OFFSET = 40;
const NO_PAGE = 2n ** 64n - 1n;
/** The metas are the first two pages. */
const FIRST_PAGE = 2;

/** A page that is referred to. */
interface Reference {
  readonly page: number;
  /** Pages of an overflow value, else absent. */
  readonly pages?: number;
}

/** One for all nodes that refer to nothing, which are most. */
const NONE: readonly Reference[] = [];

/**
 * What is wrong with the pages that can be reached, or `undefined`. Pages beyond the first `limit` are not
 * looked at. A file may be shorter than its last page when the pages at its end are free.
 */
export function findPageProblem(
  source: PageSource,
  snapshot: Snapshot,
  limit: number,
): string | undefined {
  const seen = createPageSet(snapshot.lastPage);
  let count = 0;
  const waiting: Reference[] = snapshot.roots.flatMap((page) =>
    page === undefined ? [] : [{ page }],
  );
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { page } = next;
    if (page < FIRST_PAGE || page > snapshot.lastPage) return `page ${page} does not exist`;
    if (seen.has(page)) return `page ${page} is used twice`;
    seen.add(page);
    count += 1;
    const bytes = source.readPage(page);
    if (bytes === undefined) return `it ends before its page ${page}`;
    const references = readReferences(bytes, next, source.size, snapshot.pageSize);
    if (references === undefined) return `page ${page} is no page that LMDB wrote`;
    if (count >= limit) return undefined;
    waiting.push(...references);
  }
  return undefined;
}

/** A set of pages in an eighth of a byte each: one of numbers holds those of 64 GiB at most. */
function createPageSet(lastPage: number) {
  const bits = new Uint8Array(Math.floor(lastPage / BITS) + 1);
  const placeOf = (page: number) => [Math.floor(page / BITS), 1 << (page % BITS)] as const;
  return {
    has(page: number): boolean {
      const [place, bit] = placeOf(page);
      return ((bits[place] ?? 0) & bit) !== 0;
    },
    add(page: number): void {
      const [place, bit] = placeOf(page);
      bits[place] = (bits[place] ?? 0) | bit;
    },
  };
}

/**
 * The values in the leaves of trees in which `findPageProblem` finds nothing wrong.
 *
 * @param roots their root pages.
 */
export function* valuesIn(source: PageSource, roots: readonly number[]): Generator<Buffer> {
  const waiting = [...roots];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    // A copy, since values are read before it is done with.
    const bytes = Buffer.from(source.readPage(page) ?? []);
    const isBranch = (bytes.readUInt16LE(FLAGS_OFFSET) & BRANCH) !== 0;
    const lower = bytes.readUInt16LE(LOWER_OFFSET);
    for (let offset = 0; offset < lower; offset += POINTER_BYTES) {
      const start = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + offset);
      if (isBranch) waiting.push(bytes.readUIntLE(start, 6));
      else yield readValue(source, bytes, start);
    }
  }
}

function readValue(source: PageSource, bytes: Buffer, start: number): Buffer {
  const isBig = (bytes.readUInt16LE(start + 4) & BIG_DATA) !== 0;
  const data = start + NODE_HEADER + bytes.readUInt16LE(start + 6);
  const size = bytes.readUInt32LE(start);
  if (!isBig) return bytes.subarray(data, data + size);
  const first = toPage(bytes.readBigUInt64LE(data));
  const count = toPage(bytes.readBigUInt64LE(data + 16));
  const pages = Array.from({ length: count }, (_, index) =>
    Buffer.from(source.readPage(first + index) ?? []),
  );
  return Buffer.concat(pages).subarray(PAGE_HEADER, PAGE_HEADER + size);
}

function readReferences(
  bytes: Buffer,
  { page, pages }: Reference,
  fileSize: number,
  pageSize: number,
): readonly Reference[] | undefined {
  if (bytes.readBigUInt64LE(0) !== BigInt(page)) return undefined;
  const flags = bytes.readUInt16LE(FLAGS_OFFSET);
  if (pages === undefined) return readNodes(bytes);
  const isWhole = (page + pages) * pageSize <= fileSize;
  const isOverflow = (flags & OVERFLOW) !== 0 && bytes.readUInt32LE(PAGES_OFFSET) === pages;
  return isOverflow && isWhole ? NONE : undefined;
}

/** What the nodes of a page, or of a page inside a node, refer to; `undefined` if they are malformed. */
function readNodes(bytes: Buffer): readonly Reference[] | undefined {
  if (bytes.length < PAGE_HEADER) return undefined;
  const kind = bytes.readUInt16LE(FLAGS_OFFSET) & (BRANCH | LEAF | OVERFLOW | FIXED_SIZE);
  const lower = bytes.readUInt16LE(LOWER_OFFSET);
  if (kind === (LEAF | FIXED_SIZE)) return NONE;
  if (kind !== BRANCH && kind !== LEAF) return undefined;
  if (lower % POINTER_BYTES !== 0 || PAGE_HEADER + lower > bytes.length) return undefined;
  const references: Reference[] = [];
  for (let offset = 0; offset < lower; offset += POINTER_BYTES) {
    const start = PAGE_HEADER + bytes.readUInt16LE(PAGE_HEADER + offset);
    if (start + NODE_HEADER > bytes.length) return undefined;
    const found = kind === BRANCH ? readBranch(bytes, start) : readLeaf(bytes, start);
    if (found === undefined) return undefined;
    references.push(...found);
  }
  return references;
}

function readBranch(bytes: Buffer, start: number): readonly Reference[] | undefined {
  const keySize = bytes.readUInt16LE(start + 6);
  if (start + NODE_HEADER + keySize > bytes.length) return undefined;
  return [{ page: bytes.readUIntLE(start, 6) }];
}

function readLeaf(bytes: Buffer, start: number): readonly Reference[] | undefined {
  const flags = bytes.readUInt16LE(start + 4);
  const data = start + NODE_HEADER + bytes.readUInt16LE(start + 6);
  const size = (flags & BIG_DATA) === 0 ? bytes.readUInt32LE(start) : OVERFLOW_REFERENCE;
  if (data + size > bytes.length) return undefined;
  if ((flags & BIG_DATA) !== 0) {
    const page = toPage(bytes.readBigUInt64LE(data));
    const pages = toPage(bytes.readBigUInt64LE(data + 16));
    return [{ page, pages }];
  }
  if ((flags & SUB_DATABASE) !== 0) {
    if (size !== DATABASE_RECORD) return undefined;
    const page = toRoot(bytes.readBigUInt64LE(data + ROOT_OFFSET));
    return page === undefined ? NONE : [{ page }];
  }
  if ((flags & DUPLICATES) === 0) return NONE;
  const inner = bytes.subarray(data, data + size);
  const isSubPage = size >= PAGE_HEADER && (inner.readUInt16LE(FLAGS_OFFSET) & SUB_PAGE) !== 0;
  return isSubPage ? readNodes(inner) : undefined;
}

/** The number of a page. What is too large for a number is larger than any file. */
export function toPage(value: bigint): number {
  return Number(value);
}

/** The root page that a database record names; `undefined`: the database is empty. */
export function toRoot(value: bigint): number | undefined {
  return value === NO_PAGE ? undefined : toPage(value);
}
