import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Header } from 'tar';
import { preparePackages } from '../../../../src/functions/app/packages.ts';
import { createTemporaryDirectory } from '../../../support/gateway.ts';

const BLOCK = 512;
type Entry = readonly [
  path: string,
  content: string,
  type?: 'SymbolicLink' | 'Link' | 'Directory' | 'FIFO',
];

/** An archive as POSIX describes it (ustar): a header block and the content for each member, two empty blocks. */
function pack(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(([path, content, type = 'File']) => {
    const isLink = type === 'SymbolicLink' || type === 'Link';
    const body = Buffer.from(type === 'File' ? content : '');
    const block = Buffer.alloc(BLOCK);
    const link = isLink ? { linkpath: content } : {};
    new Header({ path, type: type as 'File', size: body.length, mode: 0o644, ...link }).encode(
      block,
    );
    return [block, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

const LEFT_PAD: readonly Entry[] = [
  ['node_modules/', '', 'Directory'],
  ['node_modules/left-pad/index.js', 'module.exports = 1;'],
];

describe('packages of functions', () => {
  let directory: string;
  let packagesDir: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    const temporary = await createTemporaryDirectory();
    ({ remove } = temporary);
    directory = join(temporary.path, 'functions');
    packagesDir = join(temporary.path, 'data/packages');
    await mkdir(directory);
  });
  afterEach(() => remove());

  const write = (archive: Uint8Array) => writeFile(join(directory, 'node_modules.tar.gz'), archive);
  const prepare = () => preparePackages(directory, packagesDir);
  const unpacked = () => readdir(packagesDir).catch(() => []);

  test('are those beside the functions where there is no archive, and where there are both', async () => {
    expect(await prepare()).toBe(directory);
    await mkdir(join(directory, 'node_modules'));
    await write(pack(LEFT_PAD));
    expect(await prepare()).toBe(directory);
    expect(await unpacked()).toEqual([]);
  });

  test('are unpacked from the archive once for each content', async () => {
    await write(pack(LEFT_PAD));
    const first = await prepare();
    const file = join(first, 'node_modules/left-pad/index.js');
    expect(await readFile(file, 'utf8')).toBe('module.exports = 1;');
    await writeFile(file, 'touched');
    expect(await prepare()).toBe(first);
    expect(await readFile(file, 'utf8')).toBe('touched');
    await write(pack([...LEFT_PAD, ['node_modules/other/index.js', '']]));
    expect(await prepare()).not.toBe(first);
    expect(await unpacked()).toHaveLength(2);
  });

  test('are unpacked once by gateways that start together', async () => {
    await write(pack(LEFT_PAD));
    const all = await Promise.all(Array.from({ length: 8 }, prepare));
    expect(new Set(all).size).toBe(1);
    expect(await unpacked()).toHaveLength(1);
  });

  test('are not unpacked where it is only looked', async () => {
    await write(pack(LEFT_PAD));
    expect(await preparePackages(directory, null)).toBe(directory);
    expect(await unpacked()).toEqual([]);
  });

  test('come without links and without what macOS adds', async () => {
    await write(
      pack([
        ['./', '', 'Directory'],
        ['./._node_modules', 'x'],
        ...LEFT_PAD,
        ['./node_modules/left-pad/._index.js', 'x'],
        ['node_modules/.bin/left-pad', '../left-pad/index.js', 'SymbolicLink'],
        ['node_modules/hard', 'node_modules/left-pad/index.js', 'Link'],
        ['node_modules/evil', '/etc', 'SymbolicLink'],
      ]),
    );
    const folder = await prepare();
    const names = await readdir(folder, { recursive: true });
    expect(names.sort()).toEqual([
      'node_modules',
      'node_modules/left-pad',
      'node_modules/left-pad/index.js',
    ]);
  });

  test.each<[string, Buffer, string]>([
    ['a path that climbs', pack([...LEFT_PAD, ['node_modules/../../x', '']]), 'a path outside'],
    ['an absolute path', pack([...LEFT_PAD, ['/node_modules/x', '']]), 'a path outside'],
    ['a path beside the folder', pack([...LEFT_PAD, ['other/x', '']]), 'a path outside'],
    ['a pipe', pack([...LEFT_PAD, ['node_modules/pipe', '', 'FIFO']]), 'neither file nor folder'],
    ['no folder of packages', pack([['./._node_modules', '']]), 'no folder "node_modules"'],
    ['no archive', gzipSync(Buffer.from('Hello, this is no archive')), 'is damaged'],
    ['half an archive', gzipSync(Buffer.alloc(BLOCK, 'x')), 'is damaged'],
    ['what is not compressed', Buffer.from('Hello'), 'is not compressed by gzip, or damaged'],
    ['more bytes than are taken', gzipSync(Buffer.alloc(257 * 2 ** 20)), 'more than 256 MiB'],
    [
      'more files than are taken',
      pack(Array.from({ length: 50_001 }, (_, n): Entry => [`node_modules/${n}`, ''])),
      'more than 50000 files',
    ],
  ])('are refused with %s, and nothing is unpacked', async (_, archive, why) => {
    await write(archive);
    await expect(prepare()).rejects.toThrow(why);
    await expect(prepare()).rejects.toThrow('node_modules.tar.gz');
    expect(await unpacked()).toEqual([]);
    await expect(access(join(packagesDir, '../../x'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('leave nothing behind if they cannot be unpacked', async () => {
    await write(pack([...LEFT_PAD, ['node_modules/left-pad/index.js/x', '']]));
    await expect(prepare()).rejects.toThrow('node_modules.tar.gz cannot be unpacked into');
    expect(await unpacked()).toEqual([]);
  });
});
