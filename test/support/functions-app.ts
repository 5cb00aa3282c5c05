/** Exported App Services apps on disk. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTemporaryDirectory } from './gateway.ts';

/** An app of vendor-style functions, complete with values and an environment. */
const SAMPLE = fileURLToPath(new URL('./functions-app', import.meta.url));

/** The settings of an app with nothing set. */
export const PLAIN_APP = {
  environment: 'no-environment',
  isStrict: false,
  packagesDir: null,
  secretsFile: undefined,
} as const;

/** A directory that `remove` takes away again. */
export interface AppDirectory {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Writes an app: file contents by path; what is no string is written as JSON. */
export async function writeApp(files: Readonly<Record<string, unknown>>): Promise<AppDirectory> {
  const directory = await createTemporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

/** A copy of the sample app whose functions use this database. */
export async function copySampleApp(database: string): Promise<AppDirectory> {
  const directory = await createTemporaryDirectory();
  await cp(SAMPLE, directory.path, { recursive: true });
  const value = { name: 'database', value: database };
  await writeFile(join(directory.path, 'values/database.json'), JSON.stringify(value));
  return directory;
}
