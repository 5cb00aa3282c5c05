import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  copyDurably,
  digestFile,
  publish,
} from '../../../../../src/store/embedded/upkeep/durable-files.ts';

/** Of "abc" (FIPS 180-4, example of SHA-256). */
const ABC = {
  bytes: 3,
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
};

describe('files of backups', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'durable-'));
    writeFileSync(join(directory, 'a'), 'abc');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const at = (name: string) => join(directory, name);

  test('are known by their length and SHA-256', async () => {
    expect(await digestFile(at('a'))).toEqual(ABC);
  });

  test('are copied for the owner only, and what was read is what is told', async () => {
    const told: number[] = [];
    expect(await copyDurably(at('a'), at('b'), (bytes) => told.push(bytes))).toEqual(ABC);
    expect(readFileSync(at('b'), 'utf8')).toBe('abc');
    expect(statSync(at('b')).mode & 0o777).toBe(0o600);
    expect(told).toEqual([3]);
  });

  test('are not copied over others', async () => {
    writeFileSync(at('b'), 'other');
    await expect(copyDurably(at('a'), at('b'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(at('b'), 'utf8')).toBe('other');
  });

  test('get a name that nothing has, and lose the one they had', async () => {
    await publish(at('a'), at('b'));
    expect(readFileSync(at('b'), 'utf8')).toBe('abc');
    expect(existsSync(at('a'))).toBe(false);
  });

  test('do not take the place of a file that has the name', async () => {
    writeFileSync(at('b'), 'other');
    await expect(publish(at('a'), at('b'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')]).toEqual([
      'abc',
      'other',
    ]);
  });
});
