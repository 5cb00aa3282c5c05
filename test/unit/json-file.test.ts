import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readJsonFile, reasonOf } from '../../src/json-file.ts';
import { prepareDirectory } from '../../src/store/embedded/open-root.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'json-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

const systemError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('why a path is refused', () => {
  test.each([
    ['EACCES', 'this process has no right to it'],
    ['EISDIR', 'it is a directory'],
    ['ENOENT', 'it does not exist'],
    ['ENOTDIR', 'a part of the path is no directory'],
  ])('%s is said in words: %s', (code, words) => {
    expect(reasonOf(systemError(code, `${code}: words of the system`))).toBe(words);
  });

  test('what has no words of ours is said in those of the system or of LMDB', () => {
    const message = "EROFS: read-only file system, access '/data'";
    expect(reasonOf(systemError('EROFS', message))).toBe(message);
    expect(reasonOf(Object.assign(new Error('Invalid argument'), { code: 22 }))).toBe(
      'Invalid argument',
    );
    expect(reasonOf(undefined)).toBe('for a reason unknown');
  });

  test('is said alike of a file and of DATA_DIR', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '{"secret": ');
    const below = join(file, 'below');
    const reason = 'a part of the path is no directory';
    await expect(readJsonFile('CUSTOM_DATA_SCHEMA_FILE', below)).rejects.toThrow(
      `The file "${below}" that CUSTOM_DATA_SCHEMA_FILE names cannot be read: ${reason}`,
    );
    expect(() => prepareDirectory(below)).toThrow(
      `The directory "${below}" cannot be used as DATA_DIR: ${reason}`,
    );
  });
});

test('a file that is not JSON is refused without a word of it', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '{"secret": ');
  await expect(readJsonFile('SIGNING_KEYS_FILE', file)).rejects.toThrow(
    new Error(`The file "${file}" that SIGNING_KEYS_FILE names is not valid JSON`),
  );
});
