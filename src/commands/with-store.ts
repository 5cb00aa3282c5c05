/** The configured store, opened for one command. */
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store/port.ts';

/** What a command works with. */
export interface OpenedStore {
  readonly store: Store;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Opens the store, which must be there, runs the command and closes the store. */
export async function withStore(
  config: Config,
  log: Log,
  run: (opened: OpenedStore) => Promise<void>,
): Promise<void> {
  const now = Date.now;
  const store = await openStore(config, { log, now, mustExist: true });
  try {
    await run({ store, log, now });
  } finally {
    await store.close();
  }
}
