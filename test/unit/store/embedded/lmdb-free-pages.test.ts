/** Of a file that lacks pages at its end it is known from its own lists whether they were in use. */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assertDataFile } from '../../../../src/store/embedded/data-file.ts';
import { areFree } from '../../../../src/store/embedded/lmdb-free-pages.ts';
import { findPageProblem, type Snapshot } from '../../../../src/store/embedded/lmdb-pages.ts';
import { openRoot } from '../../../../src/store/embedded/open-root.ts';

const PAGE = 4096;
const DOCUMENTS = 3000;
/** Those that are not removed. */
const KEPT = 1000;
const ALL = Number.POSITIVE_INFINITY;

describe('a file of which pages at its end were freed', () => {
  let directory: string;
  let path: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'free-pages-'));
    path = join(directory, 'data.mdb');
    const root = openRoot(directory);
    const keyOf = (number: number) => Buffer.from(String(number).padStart(6, '0'));
    const put = (from: number, to: number) =>
      root.transaction(() => {
        for (let each = from; each < to; each += 1) void root.put(keyOf(each), Buffer.alloc(1000));
      });
    await put(0, DOCUMENTS);
    await root.transaction(() => {
      for (let each = KEPT; each < DOCUMENTS; each += 1) void root.remove(keyOf(each));
    });
    // They move as they are written again, and leave free pages at the end of the file.
    for (let again = 0; again < 3; again += 1) await put(0, KEPT);
    await root.close();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Runs `look` on the file, and counts the pages that it reads. */
  function look<T>(run: (source: Parameters<typeof areFree>[0], snapshot: Snapshot) => T) {
    const file = openSync(path, 'r');
    let reads = 0;
    const bytesAt = (offset: number) => {
      const bytes = Buffer.alloc(PAGE);
      return readSync(file, bytes, 0, PAGE, offset) === PAGE ? bytes : undefined;
    };
    const readPage = (page: number) => {
      reads += 1;
      return bytesAt(page * PAGE);
    };
    const metas = [0, PAGE].map((offset) => bytesAt(offset) ?? Buffer.alloc(PAGE));
    const [meta = Buffer.alloc(PAGE)] = metas.sort((a, b) => transactionOf(b) - transactionOf(a));
    const snapshot = {
      pageSize: PAGE,
      lastPage: Number(meta.readBigUInt64LE(144)),
      roots: [88, 136].map((offset) => Number(meta.readBigUInt64LE(offset))),
    };
    const result = run({ size: fstatSync(file).size, readPage }, snapshot);
    closeSync(file);
    return { result, reads };
  }

  const transactionOf = (meta: Buffer) => Number(meta.readBigUInt64LE(152));

  test('says so of its last pages, and the lists alone are read', () => {
    const { reads, result } = look((source, snapshot) =>
      areFree(source, snapshot, snapshot.lastPage - 50),
    );
    expect(result).toBe(true);
    expect(reads).toBeLessThan(10);
  });

  test('does not say so of pages among which one is in use', () => {
    const { result: used } = look((source, snapshot) => {
      const seen: number[] = [];
      const readPage = (page: number) => {
        seen.push(page);
        return source.readPage(page);
      };
      findPageProblem({ ...source, readPage }, snapshot, ALL);
      return Math.max(...seen);
    });
    expect(look((source, snapshot) => areFree(source, snapshot, used)).result).toBe(false);
    expect(look((source, snapshot) => areFree(source, snapshot, used + 1)).result).toBe(true);
  });

  test('is taken without them, and refused once a page in use is gone', async () => {
    const { lastPage } = look((_source, snapshot) => snapshot).result;
    const step = 25;
    const verdicts = new Set<boolean>();
    for (let pages = lastPage; pages > 2; pages -= step) {
      truncateSync(path, pages * PAGE);
      // The whole walk is the measure: it knows nothing of lists.
      const isHealthy = look((source, snapshot) => findPageProblem(source, snapshot, ALL)).result;
      verdicts.add(isHealthy === undefined);
      if (isHealthy === undefined) expect(await assertDataFile(directory)).toBe(true);
      else await expect(assertDataFile(directory)).rejects.toThrow('cannot be used');
    }
    expect(verdicts).toEqual(new Set([true, false]));
  });
});
