import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeExportFile } from '../../../../src/commands/moving/export-file.ts';
import { createTemporaryDirectory } from '../../../support/gateway.ts';

let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
beforeAll(async () => {
  directory = await createTemporaryDirectory();
});
afterAll(() => directory.remove());

async function* rows(fails: boolean) {
  yield [{ a: 'é' }, { b: 2 }];
  if (fails) throw new Error('The store is away');
  yield [];
}

test('a file is for its owner only, and says how much is in it', async () => {
  const counts: number[] = [];
  const count = (rowsSoFar: number) => counts.push(rowsSoFar);
  const written = await writeExportFile(directory.path, 'whole', rows(false), count);
  const file = join(directory.path, 'whole');
  expect(await readFile(file, 'utf8')).toBe('{"a":"é"}\n{"b":2}\n');
  const { mode, size } = await stat(file);
  expect(mode & 0o777).toBe(0o600);
  expect(written).toEqual({ name: 'whole', rows: 2, bytes: size });
  expect(counts).toEqual([2, 2]);
});

test('a file that is cut off does not get its name', async () => {
  const cut = writeExportFile(directory.path, 'cut', rows(true), () => undefined);
  await expect(cut).rejects.toThrow('The store is away');
  expect(await readdir(directory.path)).toContain('cut.part');
  expect(await readdir(directory.path)).not.toContain('cut');
});
