/**
 * What an LMDB file says of its free pages: a database of lists, one for each transaction that freed some.
 *
 * A list is 64-bit numbers: how many follow, and then the pages. Of pages in a row there are two in place of
 * all: how many, negative, and the first. So `mdb.c` of lmdb-js has it.
 */
import { findPageProblem, type PageSource, type Snapshot, valuesIn } from './lmdb-pages.ts';

const NUMBER_BYTES = 8;

/**
 * Whether every page from `first` to the last is in the lists of free pages, so that nothing leads there. Reads no
 * more than the lists.
 */
export function areFree(source: PageSource, snapshot: Snapshot, first: number): boolean {
  const { lastPage, roots } = snapshot;
  const [root] = roots;
  if (root === undefined) return false;
  const lists = { ...snapshot, roots: [root] };
  if (findPageProblem(source, lists, Number.POSITIVE_INFINITY) !== undefined) return false;
  const wanted = new Set(Array.from({ length: lastPage - first + 1 }, (_, index) => first + index));
  for (const list of valuesIn(source, [root])) {
    for (const [start, length] of readRuns(list)) {
      const end = Math.min(start + length, lastPage + 1);
      for (let page = Math.max(start, first); page < end; page += 1) wanted.delete(page);
    }
    if (wanted.size === 0) return true;
  }
  return false;
}

/** The pages of a list, each as the first of so many in a row. */
function* readRuns(list: Buffer): Generator<readonly [start: number, length: number]> {
  const numbers = Math.floor(list.length / NUMBER_BYTES);
  const at = (index: number) => Number(list.readBigInt64LE(index * NUMBER_BYTES));
  const end = numbers === 0 ? 0 : Math.min(at(0) + 1, numbers);
  for (let index = 1; index < end; index += 1) {
    const number = at(index);
    if (number > 0) yield [number, 1];
    else if (number < 0 && index + 1 < end) {
      index += 1;
      yield [at(index), -number];
    }
  }
}
