/** A file of an export, for its owner only. It has its name once it is whole. */
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** What became of a file: its name, and how much there is in it. */
export interface ExportedFile {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

const OWNER_ONLY = 0o600;

/** Writes a file of NDJSON; `onRows` hears how many rows there are so far. Durable when it resolves. */
export async function writeExportFile(
  directory: string,
  name: string,
  batches: AsyncIterable<readonly unknown[]>,
  onRows: (count: number) => void,
): Promise<ExportedFile> {
  const path = join(directory, name);
  const handle = await open(`${path}.part`, 'wx', OWNER_ONLY);
  let [rows, bytes] = [0, 0];
  try {
    for await (const batch of batches) {
      const text = batch.map((row) => `${JSON.stringify(row)}\n`).join('');
      await handle.appendFile(text);
      rows += batch.length;
      bytes += Buffer.byteLength(text);
      onRows(rows);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.part`, path);
  return { name, rows, bytes };
}
