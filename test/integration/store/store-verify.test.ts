/** `store verify` finds what is broken, whatever it is. The commands run the build in dist/. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, open as openLmdb } from 'lmdb';
import { encodeDocument } from '../../../src/store/document-bytes.ts';
import { findFileProblem } from '../../../src/store/embedded/data-file.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { valueKey } from '../../../src/values/equality.ts';
import { runCommand } from '../../support/command.ts';
import { copyEarlierStore } from '../../support/earlier-store.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const PAGE = 4096;
const BATCH = 400;
const NAMES = {
  documents: 'documents//people',
  unique: 'index//people/email',
  plain: 'index//people/kind',
  expiry: 'expiry//people/until',
} as const;
const UNTIL = new Date('2030-01-01T00:00:00Z');
const keyOf = (value: unknown) => Buffer.from(valueKey(value));

type Databases = Readonly<Record<keyof typeof NAMES | 'catalogue', Database<Buffer, Buffer>>>;

describe('store verify', () => {
  let dataDir: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    ({ path: dataDir, remove } = await createTemporaryDirectory());
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const people = await store.collection({
      name: 'people',
      unique: ['email'],
      indexes: ['kind'],
      expiresAt: 'until',
    });
    for (const _id of [1, 2, 3]) {
      await people.insertOne({
        _id,
        email: `${_id}@x`,
        kind: 'k',
        until: UNTIL,
        big: 'x'.repeat(9000),
      });
    }
    await people.insertOne({ _id: 4 });
    await store.close();
  });
  afterEach(() => remove());

  const verify = async (directory?: string) => {
    const args = ['store', 'verify', ...(directory === undefined ? [] : [directory]), '--json'];
    const { exitCode, stderr, stdout } = await runCommand(args, { DATA_DIR: dataDir });
    return { exitCode, stderr, result: stdout === '' ? null : JSON.parse(stdout) };
  };

  /** Changes databases past the store. */
  async function tamper(change: (databases: Databases) => Promise<unknown>): Promise<void> {
    const root = openLmdb({ path: dataDir, noSubdir: false, keyEncoding: 'binary', maxDbs: 20 });
    const open = (name: string) =>
      root.openDB<Buffer, Buffer>(name, {
        encoding: 'binary',
        keyEncoding: 'binary',
        dupSort: name.startsWith('index/'),
      });
    const entries = Object.entries({ ...NAMES, catalogue: 'catalogue' });
    await change(Object.fromEntries(entries.map(([name, path]) => [name, open(path)])) as never);
    await root.close();
  }

  test('tells what a whole store holds, and writes nothing', async () => {
    const before = readFileSync(join(dataDir, 'data.mdb'));
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(0);
    expect(result).toEqual({
      ok: true,
      collections: [{ name: 'people', documents: 4, indexes: 3 }],
      problems: [],
      problemCount: 0,
    });
    expect(readFileSync(join(dataDir, 'data.mdb'))).toEqual(before);
  });

  test('makes no lock file beside a store that nothing has open', async () => {
    await (await createTemporaryDirectory()).remove();
    const copy = join(dataDir, 'copy');
    copyEarlierStore(copy);
    expect((await verify(copy)).exitCode).toBe(0);
    expect(existsSync(join(copy, 'lock.mdb'))).toBe(false);
  });

  const damages: readonly (readonly [
    string,
    (databases: Databases) => Promise<unknown>,
    readonly RegExp[],
  ])[] = [
    [
      'a document that is not BSON, once and not again for each index',
      ({ documents }) => documents.put(keyOf(1), Buffer.from('nonsense')),
      [/^people: "n\S+" is not BSON$/],
    ],
    [
      'a document under the key of another',
      ({ documents }) => documents.put(keyOf(4), Buffer.from(encodeDocument({ _id: 5 }))),
      [/^people: "n\S+" holds a document with another _id$/],
    ],
    [
      'a document that is gone, in every index',
      ({ documents }) => documents.remove(keyOf(2)),
      [/"email" has .* not there$/, /"kind" has .* not there$/, /"until" has .* not there$/],
    ],
    [
      'an entry that is gone, of a unique index',
      ({ unique }) => unique.remove(keyOf('1@x'), keyOf(1)),
      [/^people: the index on "email" lacks "n\S+"$/],
    ],
    [
      'an entry that is gone, of many with one value',
      ({ plain }) => plain.remove(keyOf('k'), keyOf(2)),
      [/^people: the index on "kind" lacks "n\S+"$/],
    ],
    [
      'an entry that is gone, of an expiry',
      ({ expiry }) => expiry.remove([...expiry.getKeys()][0] as Buffer),
      [/^people: the index on "until" lacks "n\S+"$/],
    ],
    [
      'an entry under a value that the document does not have',
      ({ plain }) => plain.put(keyOf('other'), keyOf(1)),
      [/^people: the index on "kind" has "n\S+" under a value that it does not have$/],
    ],
    [
      'an entry that moved to another value: two problems',
      async ({ plain }) => {
        await plain.remove(keyOf('k'), keyOf(1));
        await plain.put(keyOf('l'), keyOf(1));
      },
      [/"kind" has .* does not have$/, /"kind" lacks/],
    ],
    [
      'a value that a unique index has twice',
      async ({ documents, unique }) => {
        await documents.put(keyOf(4), Buffer.from(encodeDocument({ _id: 4, email: '1@x' })));
        await unique.put(keyOf('1@x'), keyOf(4));
      },
      [/^people: the unique index on "email" has a value twice$/],
    ],
    [
      'a list of indexes that cannot be read',
      ({ catalogue }) => catalogue.put(Buffer.from('/people'), Buffer.from('nonsense')),
      [
        /^The list of the indexes of "\/people" cannot be read$/,
        /^The index ".*" belongs to no collection$/,
      ],
    ],
    [
      'indexes that belong to no collection',
      ({ catalogue }) => catalogue.remove(Buffer.from('/people')),
      [/^The index "index\/\/people\/email" belongs to no collection$/],
    ],
    [
      'an index that is listed and not there',
      ({ catalogue }) =>
        catalogue.put(
          Buffer.from('/people'),
          Buffer.from(encodeDocument({ indexes: [{ field: 'gone', kind: 'plain' }] })),
        ),
      [/^people: the index on "gone" is not there$/],
    ],
  ];

  test.each(damages)('names %s', async (_name, damage, expected) => {
    await tamper(damage);
    const { exitCode, result, stderr } = await verify();
    expect(exitCode).toBe(1);
    for (const problem of expected) {
      expect(result.problems).toContainEqual(expect.stringMatching(problem));
    }
    expect(result.problemCount).toBe(result.problems.length);
    for (const problem of result.problems) expect(stderr).toContain(problem);
  });

  test('names one problem where there is one', async () => {
    await tamper(({ plain }) => plain.put(keyOf('other'), keyOf(1)));
    expect((await verify()).result.problemCount).toBe(1);
  });

  test('names a page with noise anywhere in the file, and does not end by a signal', async () => {
    const path = join(dataDir, 'data.mdb');
    const whole = readFileSync(path);
    let found = 0;
    const pages = statSync(path).size / PAGE;
    for (let page = 2; page < pages; page += 1) {
      const bytes = Buffer.from(whole);
      bytes.fill(0xa5, page * PAGE, (page + 1) * PAGE);
      writeFileSync(path, bytes);
      const { exitCode, result } = await verify();
      expect([0, 1]).toContain(exitCode);
      if (exitCode === 1) {
        found += 1;
        expect(result.problemCount).toBeGreaterThan(0);
      }
    }
    // All but pages that are free, and those in the middle of a large value, in which any byte is right.
    expect(found).toBeGreaterThan(8);
  }, 60_000);

  test('names a page that a start does not look at, in a large store that a process has open or none', async () => {
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const large = await store.collection({ name: 'large' });
    const pages = 12_000;
    // One a page.
    for (let first = 0; first < pages; first += BATCH) {
      const inserts = Array.from({ length: BATCH }, (_, n) =>
        large.insertOne({ _id: first + n, text: 'x'.repeat(2500) }),
      );
      await Promise.all(inserts);
    }
    await store.close();
    const path = join(dataDir, 'data.mdb');
    const whole = readFileSync(path);
    const problems = (limit: number) => findFileProblem(path, limit);
    const isUnseen = (page: number) => {
      writeFileSync(path, Buffer.from(whole).fill(0xa5, page * PAGE, (page + 1) * PAGE));
      return problems(10_000) === undefined && problems(Number.POSITIVE_INFINITY) !== undefined;
    };
    const place = Array.from({ length: pages / 100 }, (_, n) => n * 100 + 5).find(isUnseen);
    expect(place).toEqual(expect.any(Number));
    expect([problems(10_000), problems(Number.POSITIVE_INFINITY)]).toEqual([
      undefined,
      expect.stringContaining('page'),
    ]);
    for (const isOpen of [true, false]) {
      if (!isOpen) rmSync(join(dataDir, 'lock.mdb'));
      const { exitCode, result } = await verify();
      expect(exitCode).toBe(1);
      expect(result.problems).toEqual([expect.stringMatching(/data\.mdb" is damaged: .*page/)]);
    }
  }, 60_000);

  test('names a newer format version', async () => {
    const store = await openEmbeddedStore({ dataDir, now: Date.now });
    const format = await store.collection({ name: 'format' });
    await format.insertOne({ _id: 'format', version: 99 });
    await store.close();
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(1);
    expect(result.problems).toEqual([
      expect.stringMatching(/format version 99.*knows versions up to \d/),
    ]);
  });

  test('takes a store of the version before for whole', async () => {
    const copy = join(dataDir, 'copy');
    copyEarlierStore(copy);
    expect((await verify(copy)).result).toMatchObject({ ok: true, problemCount: 0 });
  });

  test('fails where there is no store, and makes none', async () => {
    const nowhere = join(dataDir, 'nowhere');
    const { exitCode, stderr } = await verify(nowhere);
    expect([exitCode, stderr]).toEqual([
      1,
      `custom-user-data: There is no store in "${nowhere}"\n`,
    ]);
    expect(existsSync(nowhere)).toBe(false);
  });
});
