/** A refresh token for a new session, if nobody else was faster and nobody minds. */
import { isUnauthenticated } from './errors.ts';
import { REFRESH } from './operations.ts';
import type { Parts } from './parts.ts';
import { createBadResponse, type LiveSession, receiveSession } from './record.ts';

/**
 * Trades the refresh token of `before`, of which the access token was not good enough, unless there is one that is.
 * A refused refresh token ends the session; anything else that fails is thrown and ends nothing.
 */
export async function trade(
  { platform, url, send, state }: Parts,
  before: LiveSession,
  isGood: (live: LiveSession) => boolean,
): Promise<void> {
  // Another tab may have had the lock, and have got what is wanted.
  await state.look();
  const live = state.live();
  if (live?.claims.sid !== before.claims.sid) return;
  if (live.accessToken !== before.accessToken && isGood(live)) return;
  let next: LiveSession | null;
  try {
    next = receiveSession(platform, url, await send(REFRESH, { t: live.refreshToken }));
    if (next.claims.sid !== live.claims.sid) throw createBadResponse();
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    next = null;
  }
  await state.look();
  const found = state.live();
  // Somebody has logged out or in meanwhile, or another tab has traded the same token: this answer is late.
  if (found?.refreshToken !== live.refreshToken) return;
  if (next === null) state.commit(null, 'ENDED');
  else state.commit(combine(live, found, next));
}

/** What was written during the trade may be in the token of the write alone; the next use refreshes that one. */
function combine(sent: LiveSession, found: LiveSession, next: LiveSession): LiveSession {
  const isNewer =
    found.accessToken !== sent.accessToken && found.claims.user_data_at > next.claims.user_data_at;
  const { refreshToken, ahead, life } = next;
  return isNewer ? { ...found, refreshToken, ahead, life } : next;
}
