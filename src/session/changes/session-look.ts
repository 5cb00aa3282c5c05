/** Ends the subscriptions of sessions that have ended: by log-out, revocation, deletion, or however else. */
import { unauthenticated } from '../../errors.ts';
import type { ListeningUser } from './places.ts';
import type { Subscriber } from './subscriber.ts';

/** Sessions of one operation. */
const BATCH = 1000;

/** Asks for the sessions of all subscribers, batch by batch. Fails as `activeSessions` does. */
export async function endEnded(
  users: ReadonlyMap<string, ListeningUser>,
  activeSessions: (sessionIds: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const bySession = new Map<string, Subscriber[]>();
  for (const { subscribers } of users.values()) {
    for (const subscriber of subscribers) {
      const { sessionId } = subscriber.subscribed;
      bySession.set(sessionId, [...(bySession.get(sessionId) ?? []), subscriber]);
    }
  }
  const ids = [...bySession.keys()];
  for (let start = 0; start < ids.length; start += BATCH) {
    const batch = ids.slice(start, start + BATCH);
    const active = await activeSessions(batch);
    for (const id of batch) {
      if (active.has(id)) continue;
      for (const subscriber of bySession.get(id) ?? []) {
        subscriber.fail(unauthenticated('SESSION_ENDED'));
      }
    }
  }
}
