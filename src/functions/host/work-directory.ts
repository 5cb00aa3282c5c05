/** Where the processes of functions work: not where the gateway does, which may hold its settings. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';

/** An empty directory for the processes of one gateway. */
export interface WorkDirectory {
  /** Its path; it is made when first asked for. */
  path(): string;
  remove(): Promise<void>;
}

/** Creates it. Where nothing can be written it is the root, which holds nothing of the gateway either. */
export function createWorkDirectory(): WorkDirectory {
  let made: string | undefined;
  return {
    path() {
      try {
        made ??= mkdtempSync(join(tmpdir(), 'custom-user-data-functions-'));
        return made;
      } catch {
        return parse(tmpdir()).root;
      }
    },
    async remove() {
      // What is left of it is in the system's way only.
      if (made !== undefined)
        await rm(made, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}
