/** Connects what tells of changes with the store. */
import type { Config } from '../../config.ts';
import type { CustomData } from '../../custom-data/custom-data.ts';
import { createDeadline } from '../../deadline.ts';
import type { Log } from '../../log.ts';
import type { DocumentCollection, Store } from '../../store/port.ts';
import { createSessionRecords } from '../session-records.ts';
import { createChanges } from './changes.ts';

/** What connecting takes. */
export interface OpenChangesParts {
  readonly config: Pick<Config, 'subscriptions'>;
  readonly customData: CustomData;
  /** The collection of the sessions. */
  readonly sessions: DocumentCollection;
  readonly store: Pick<Store, 'changeMark'>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates what tells of changes; nobody is subscribed. */
export function openChanges({ config, customData, log, now, sessions, store }: OpenChangesParts) {
  return createChanges({
    limits: config.subscriptions,
    documents: (deadline) => customData.within(deadline),
    activeSessions: (ids, deadline) =>
      createSessionRecords(sessions.within(deadline), now).activeAmong(ids),
    openDeadline: () => createDeadline(),
    changeMark: store.changeMark,
    log,
    now,
  });
}
