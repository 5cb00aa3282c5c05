/** A file of NDJSON for its owner only, made when it gets its first line. */
import { type FileHandle, open, rm } from 'node:fs/promises';

/** A file beside the one that is imported, or one of an export. */
export interface SideFile {
  /** Adds a line for each value. */
  readonly write: (values: readonly unknown[]) => Promise<void>;
  /** Ends it; one of an earlier run that got no line this time is removed. */
  readonly close: () => Promise<void>;
}

const OWNER_ONLY = 0o600;

/** Creates the file at `path`, in place of what is there. */
export function createSideFile(path: string): SideFile {
  let handle: FileHandle | undefined;
  return {
    async write(values) {
      if (values.length === 0) return;
      if (handle === undefined) {
        await rm(path, { force: true });
        handle = await open(path, 'wx', OWNER_ONLY);
      }
      await handle.appendFile(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    },
    async close() {
      if (handle === undefined) await rm(path, { force: true });
      else await handle.close();
    },
  };
}
