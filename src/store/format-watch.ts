/** Keeps a gateway that runs from a store that a newer version has brought up to date meanwhile. */
import { createDeadline } from '../deadline.ts';
import { isGatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createRepeated } from '../repeated.ts';
import type { Document } from '../values/documents.ts';
import { FORMAT_COLLECTION, FORMAT_ID, versionOf } from './format.ts';
import type { Store } from './port.ts';

/** How often the version is read, in milliseconds. */
const INTERVAL = 5000;

/** What watching takes. */
export interface FormatWatchParts {
  /** The version that the code knows. */
  readonly version: number;
  readonly log: Pick<Log, 'error' | 'warn'>;
  /** Milliseconds between two looks. */
  readonly interval?: number;
}

/**
 * Reads the version now and then; once it is newer than what the code knows, it closes the store: what is not written
 * cannot do harm, and what needs no store goes on.
 *
 * @returns what ends the watch.
 */
export async function watchFormat(
  store: Pick<Store, 'collection' | 'close'>,
  { interval = INTERVAL, log, version }: FormatWatchParts,
): Promise<() => Promise<void>> {
  const collection = await store.collection(FORMAT_COLLECTION);
  async function look(): Promise<void> {
    try {
      const found = await collection.within(createDeadline()).findOne<Document>({ _id: FORMAT_ID });
      const stored = versionOf(found);
      if (typeof stored === 'number' && stored <= version) return;
      void watch.stop();
      log.error(
        { stored, known: version },
        'a newer version of the gateway has brought the store up to date: this one leaves it alone, stop it',
      );
      await store.close();
    } catch (error) {
      // An outage is told of by the requests that meet it.
      if (isGatewayError(error, 'SERVICE_UNAVAILABLE')) return;
      log.warn({ err: error }, 'the format version of the store could not be read');
    }
  }

  const watch = createRepeated(look, interval);
  watch.start();
  return watch.stop;
}
