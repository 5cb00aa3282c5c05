/** The audit log: what happened to users, kept as `AUDIT_LOG` says. */
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Store } from '../../store/port.ts';
import type { SeenUserEvent } from '../user-events.ts';
import { AUDIT_COLLECTION, createAuditEntries, createEntryMaker } from './audit-entries.ts';
import { type AuditWriterParts, createAuditWriter } from './audit-writer.ts';

/** An audit log that is written. */
export interface Audit {
  /** Whether anything is kept at all. */
  readonly isKept: boolean;
  readonly onUserEvent: (event: SeenUserEvent) => void;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** What opening takes. */
export interface OpenAuditParts {
  readonly config: Pick<Config, 'audit'>;
  /** Shows user ids as it is to. */
  readonly log: Log;
  readonly store: Pick<Store, 'collection'>;
  readonly onResult?: AuditWriterParts['onResult'];
}

/** Opens it. */
export async function openAudit({
  config,
  log,
  onResult = () => undefined,
  store,
}: OpenAuditParts): Promise<Audit> {
  const { kept, ttlSeconds } = config.audit;
  const close = async () => undefined;
  switch (kept) {
    case 'off':
      return { isKept: false, onUserEvent: () => undefined, close };
    case 'log':
      return {
        isKept: true,
        // The line has a time of its own.
        onUserEvent: ({ at: _at, ...event }) => log.info(event, 'audit'),
        close,
      };
    case 'store': {
      const entries = createAuditEntries(await store.collection(AUDIT_COLLECTION));
      const writer = createAuditWriter({ entries, log, onResult });
      const makeEntry = createEntryMaker(ttlSeconds);
      return {
        isKept: true,
        onUserEvent: (event) => writer.add(makeEntry(event)),
        close: writer.close,
      };
    }
  }
}
