/**
 * Writes entries of the audit log in batches, past the requests that they are about: no request waits for one.
 *
 * What is waiting is in memory, so a crash loses the entries of the last half second; while the store does not take
 * them, those since it was away. What is too much to wait is dropped and counted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import { createShared } from '../../repeated.ts';
import type { AuditEntries, AuditEntry } from './audit-entries.ts';

/** What became of entries. */
export type AuditResult = 'written' | 'dropped';

/** What writing takes. */
export interface AuditWriterParts {
  readonly entries: Pick<AuditEntries, 'add'>;
  readonly log: Log;
  /** Told of entries that are stored, or will never be. */
  readonly onResult: (result: AuditResult, count: number) => void;
}

/** Entries that wait at most. */
export const MAX_WAITING = 10_000;
/** Entries that are sent together; a store of one process makes them durable in one go. */
const BATCH = 100;
/** How long an entry waits for others. */
const GATHER_MILLISECONDS = 500;
/** How long a stop waits for a store that does not answer. */
const CLOSE_MILLISECONDS = 3000;

/** Creates a writer. */
export function createAuditWriter({ entries, log, onResult }: AuditWriterParts) {
  let waiting: AuditEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isRefused = false;

  function plan(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, GATHER_MILLISECONDS).unref();
  }

  /** `false`: some of them are still to be written. */
  async function writeBatch(): Promise<boolean> {
    const batch = waiting.slice(0, BATCH);
    const results = await Promise.allSettled(batch.map((entry) => entries.add(entry)));
    const failed = batch.filter((_entry, index) => results[index]?.status === 'rejected');
    waiting = [...failed, ...waiting.slice(batch.length)];
    if (failed.length < batch.length) onResult('written', batch.length - failed.length);
    const first = results.find((result) => result.status === 'rejected');
    if (first !== undefined && !isRefused) {
      log.warn({ err: first.reason }, 'the audit log cannot be written, its entries wait');
    }
    isRefused = first !== undefined;
    return first === undefined;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      if (await writeBatch()) continue;
      plan();
      return;
    }
  }

  // Never fails: what is not taken goes on waiting.
  const { run: flush } = createShared(writeAll);

  return {
    flush,
    /** Takes an entry; it is written in a moment. */
    add(entry: AuditEntry): void {
      if (waiting.length >= MAX_WAITING) {
        onResult('dropped', 1);
        return;
      }
      waiting.push(entry);
      plan();
    },
    /** Writes what waits, for a bounded time. */
    async close(): Promise<void> {
      const end = new AbortController();
      const expiry = delay(CLOSE_MILLISECONDS, undefined, { signal: end.signal });
      // One that runs may have begun before the last entry came.
      await Promise.race([flush().then(flush), expiry.catch(() => undefined)]);
      end.abort();
      clearTimeout(timer);
      if (waiting.length === 0) return;
      onResult('dropped', waiting.length);
      log.error({ entries: waiting.length }, 'entries of the audit log are lost');
    },
  };
}
