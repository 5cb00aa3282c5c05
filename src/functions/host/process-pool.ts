/** Function processes that are kept for the next call: none before the first, none after a quiet minute. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import type { SetupMessage } from '../messages.ts';
import { type FunctionProcess, startFunctionProcess } from './function-process.ts';

/** How long a process that nobody needs is kept. */
const IDLE_MILLISECONDS = 60_000;

/** Processes for functions. How many there are is the caller's affair. */
export type ProcessPool = ReturnType<typeof createProcessPool>;

/** Creates an empty pool. `start` is for tests. */
export function createProcessPool(
  setup: SetupMessage,
  start: typeof startFunctionProcess = startFunctionProcess,
) {
  const all = new Set<FunctionProcess>();
  /** The one used last comes first, so that the others may time out. */
  const idle: { readonly process: FunctionProcess; readonly timer: NodeJS.Timeout }[] = [];
  const directory = createWorkDirectory();
  let isClosed = false;

  async function end(process: FunctionProcess): Promise<void> {
    await process.kill();
    all.delete(process);
  }

  function keep(process: FunctionProcess): void {
    const timer = setTimeout(() => {
      const index = idle.findIndex((entry) => entry.process === process);
      if (index !== -1) idle.splice(index, 1);
      void end(process);
    }, IDLE_MILLISECONDS).unref();
    idle.push({ process, timer });
  }

  return {
    /** A process that is free, started if there is none. */
    take() {
      if (isClosed) throw new Error('The functions are closed');
      const free = idle.pop();
      if (free !== undefined) {
        clearTimeout(free.timer);
        return free.process;
      }
      const process = start(setup, directory.path());
      all.add(process);
      return process;
    },

    /** Takes a process back, to be used again if it is fit for it; resolves when it is there or gone. */
    async give(process: FunctionProcess) {
      if (process.isReusable() && !isClosed) keep(process);
      else await end(process);
    },

    /** Ends every process. */
    async close() {
      isClosed = true;
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      await Promise.all([...all].map(end));
      await directory.remove();
    },
  };
}

/**
 * Where the processes work, made when first asked for: not where the gateway does, which may hold its settings.
 * Where nothing can be written it is the root, which holds nothing of the gateway either.
 */
function createWorkDirectory() {
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
