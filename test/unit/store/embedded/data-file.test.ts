/** A file that LMDB may not map is known by its own words before: see `data-file.ts`. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertDataFile } from '../../../../src/store/embedded/data-file.ts';
import { copyEarlierStore } from '../../../support/earlier-store.ts';

const PAGE = 4096;

describe('the file of the embedded store', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'data-file-'));
    path = join(directory, 'data.mdb');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const judge = () => assertDataFile(directory);
  const patch = (change: (bytes: Buffer) => void) => {
    copyEarlierStore(directory);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
  };

  test('is taken as it is when it is healthy', async () => {
    copyEarlierStore(directory);
    expect(await judge()).toBe(true);
  });

  test('may be made where there is none', async () => {
    expect(await judge()).toBe(false);
    writeFileSync(path, '');
    expect(await judge()).toBe(false);
  });

  test('that is empty or gone although a lock.mdb stands is refused', async () => {
    writeFileSync(join(directory, 'lock.mdb'), 'x');
    const refusal = { message: expect.stringMatching(/data\.mdb.*gone or empty.*backup/) };
    await expect(judge()).rejects.toMatchObject(refusal);
    writeFileSync(path, '');
    await expect(judge()).rejects.toMatchObject(refusal);
  });

  test('that another process makes meanwhile is waited for', async () => {
    writeFileSync(join(directory, 'lock.mdb'), 'x');
    const judged = judge();
    copyEarlierStore(directory);
    expect(await judged).toBe(true);
  });

  test.each<readonly [string, Buffer]>([
    ['text', Buffer.from('{"hello": "world"}\n'.repeat(1_000))],
    ['zeros', Buffer.alloc(10 * PAGE)],
    ['noise', noise(10 * PAGE, 1)],
    ['a few bytes', Buffer.from('x')],
  ])('of %s is refused', async (_name, bytes) => {
    writeFileSync(path, bytes);
    await expect(judge()).rejects.toThrow(
      /data\.mdb" cannot be used: it (is no LMDB file|ends within)/,
    );
  });

  test.each([0, PAGE])(
    'of another version of LMDB is refused, its header at %d',
    async (header) => {
      patch((bytes) => bytes.writeUInt32LE(1, header + 28));
      await expect(judge()).rejects.toThrow(/version 1 of LMDB's format.*reads version 2/);
    },
  );

  test.each([0, 1, 4095, 131_072])('with pages of %d bytes is refused', async (size) => {
    patch((bytes) => bytes.writeUInt32LE(size, 48));
    await expect(judge()).rejects.toThrow(`a page has ${size} bytes`);
  });

  test('whose headers disagree is refused', async () => {
    patch((bytes) => bytes.writeUInt32LE(8192, PAGE + 48));
    await expect(judge()).rejects.toThrow('headers disagree');
  });

  test('whose header names a page far beyond its end is refused', async () => {
    patch((bytes) => bytes.writeBigUInt64LE(2n ** 62n, PAGE + 144));
    await expect(judge()).rejects.toThrow('cut off');
  });

  test('cut off anywhere is refused: the compacted store needs every page', async () => {
    copyEarlierStore(directory);
    const { length } = readFileSync(path);
    for (let size = length - 1; size > 0; size -= PAGE / 2) {
      truncateSync(path, size);
      await expect(judge()).rejects.toThrow(/cannot be used: (it ends|it is|page)/);
    }
  });

  test('with noise in place of any page that is in use is refused', async () => {
    const pages = Math.floor(readFileSync(copy()).length / PAGE);
    await fc.assert(
      fc.asyncProperty(fc.nat(pages - 1), fc.integer(), async (page, seed) => {
        patch((bytes) => noise(PAGE, seed).copy(bytes, page * PAGE));
        await expect(judge()).rejects.toThrow('cannot be used');
      }),
      { numRuns: 60 },
    );
  });

  test('with one page in place of another is refused', async () => {
    const pages = Math.floor(readFileSync(copy()).length / PAGE);
    for (let page = 2; page < pages - 1; page += 1) {
      patch((bytes) => bytes.copy(bytes, page * PAGE, (page + 1) * PAGE, (page + 2) * PAGE));
      await expect(judge()).rejects.toThrow('cannot be used');
    }
  });

  const copy = () => {
    copyEarlierStore(directory);
    return path;
  };
});

/** Bytes that look random and are the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  let state = seed >>> 0 || 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}
