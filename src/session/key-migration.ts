/**
 * Format version 3: signing keys have states. The keys of before sign on, and live as long as the refresh tokens that
 * they have signed, under whatever `REFRESH_TOKEN_TTL`: sessions know how long that is.
 */
import type { Migration } from '../store/format.ts';
import type { Store } from '../store/port.ts';
import { createKeySealer } from '../token/key-sealer.ts';
import { createKeyStore } from '../token/key-store.ts';
import { KEYS_COLLECTION } from '../token/keys.ts';
import { SESSIONS_COLLECTION, type SessionRecord } from './session-records.ts';

const MILLISECONDS_PER_SECOND = 1000;

/** The migration. */
export const keyMigration: Migration = {
  to: 3,

  isDue: async (store) => (await (await openKeys(store)).read()) !== null,

  async run(store) {
    const sessions = await store.collection(SESSIONS_COLLECTION);
    const longest = { sort: { expiresAt: -1 } } as const;
    const session = await sessions.findOne<SessionRecord>({}, longest);
    const keys = await openKeys(store);
    await keys.change(async (records) =>
      records.map((record) => {
        const life = (session?.expiresAt.getTime() ?? 0) - record.createdAt.getTime();
        const seconds = Math.ceil(life / MILLISECONDS_PER_SECOND);
        return { ...record, tokenLifeSeconds: Math.max(record.tokenLifeSeconds, seconds) };
      }),
    );
  },
};

/** Nothing was encrypted then. */
async function openKeys(store: Store) {
  const collection = await store.collection(KEYS_COLLECTION);
  return createKeyStore({ collection, sealer: createKeySealer([]) });
}
