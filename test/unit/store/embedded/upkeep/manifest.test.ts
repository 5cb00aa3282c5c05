import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  MANIFEST_FILE,
  readManifest,
  writeManifest,
} from '../../../../../src/store/embedded/upkeep/manifest.ts';

/** SHA-256 of nothing (FIPS 180-4, of the empty message). */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const NOW = Date.parse('2026-11-29T09:00:00Z');
const DATA = { bytes: 0, sha256: EMPTY };

describe('the manifest of a backup', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'manifest-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const write = (change: object = {}) => {
    const manifest = { kind: 'custom-user-data backup', version: 1, createdAt: '', storeFormat: 2 };
    const text = JSON.stringify({ ...manifest, data: DATA, ...change });
    writeFileSync(join(directory, MANIFEST_FILE), text);
  };

  test('is read as it was written, and is for the owner only', async () => {
    await writeManifest(directory, { data: DATA, now: NOW, storeFormat: 2 });
    expect(await readManifest(directory)).toEqual({
      kind: 'custom-user-data backup',
      version: 1,
      createdAt: '2026-11-29T09:00:00.000Z',
      storeFormat: 2,
      data: DATA,
    });
    expect(statSync(join(directory, MANIFEST_FILE)).mode & 0o777).toBe(0o600);
  });

  test('is never written over another', async () => {
    await writeManifest(directory, { data: DATA, now: NOW, storeFormat: 2 });
    await expect(
      writeManifest(directory, { data: DATA, now: NOW, storeFormat: 3 }),
    ).rejects.toMatchObject({ code: 'EEXIST' });
    expect((await readManifest(directory)).storeFormat).toBe(2);
  });

  test('that is not there says that the backup is not finished', async () => {
    await expect(readManifest(directory)).rejects.toThrow(/no finished backup.*does not exist/);
  });

  test.each([
    ['of another program', { kind: 'something else' }],
    ['without a checksum', { data: { bytes: 1 } }],
    ['with half a checksum', { data: { bytes: 1, sha256: EMPTY.slice(1) } }],
    ['that is too large', { more: 'x'.repeat(70_000) }],
  ])('%s is refused', async (_name, change) => {
    write(change);
    await expect(readManifest(directory)).rejects.toThrow(/damaged, or of no backup of ours/);
  });

  test('that is no JSON is refused', async () => {
    writeFileSync(join(directory, MANIFEST_FILE), '{');
    await expect(readManifest(directory)).rejects.toThrow(/damaged/);
  });

  test('of a later version is refused, and says so', async () => {
    write({ version: 2 });
    await expect(readManifest(directory)).rejects.toThrow(/has version 2.* reads 1/);
  });
});
