/** Opens the limits of a gateway: counted in this process, and shared through the store if there are several. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Store } from '../../store/port.ts';
import { createCounts } from './counts.ts';
import type { LimitsParts } from './limits.ts';
import { createSharedCounts, loadSharedSecret, RATE_LIMITS_COLLECTION } from './shared-counts.ts';

/** What opening takes. */
export interface OpenLimitsParts {
  readonly config: Pick<Config, 'rateLimits' | 'workers'>;
  readonly store: Store;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const SECRET_BYTES = 32;

function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Opens the limits; `close` ends what goes on beside requests. */
export async function openLimits({ config, log, now, store }: OpenLimitsParts): Promise<{
  readonly limits: LimitsParts;
  readonly close: () => Promise<void>;
}> {
  const { rateLimits: limits, workers } = config;
  const isLimited = Object.values(limits).some((limit) => limit !== null);
  // The embedded store of one process: nobody else counts.
  if (!isLimited || (store.kind === 'embedded' && workers === 1)) {
    const secret = createSecret();
    return {
      limits: { limits, counts: createCounts({ now }), secret },
      close: () => Promise.resolve(),
    };
  }
  const collection = await store.collection(RATE_LIMITS_COLLECTION);
  const secret = await loadSharedSecret(collection, createSecret());
  const { stop, ...shared } = createSharedCounts({ collection, log, now });
  return { limits: { limits, counts: createCounts({ now, ...shared }), secret }, close: stop };
}
