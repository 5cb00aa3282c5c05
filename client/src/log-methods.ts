/** Logging in and out. */
import { createUnauthenticated } from './errors.ts';
import { LOG_IN, LOG_OUT, REFRESH, REGISTER } from './operations.ts';
import type { Parts } from './parts.ts';
import { type LiveSession, receiveSession } from './record.ts';
import { sendAs } from './transport.ts';
import type { Credentials, User } from './types.ts';

/** Creates the methods. */
export function createLogMethods<Data>({ platform, url, send, state }: Parts) {
  let logOuts = 0;

  /** Whether the gateway says so. */
  async function end({ accessToken, refreshToken }: LiveSession): Promise<boolean> {
    const tradeOnceMore = async () =>
      receiveSession(platform, url, await send(REFRESH, { t: refreshToken })).accessToken;
    try {
      return (await sendAs(send, LOG_OUT, {}, accessToken, tradeOnceMore)) === true;
    } catch {
      return false;
    }
  }

  return {
    async logIn(credentials: Credentials) {
      const before = logOuts;
      const next = receiveSession(platform, url, await send(LOG_IN, { c: credentials }));
      if (before !== logOuts) {
        // Who has logged out since does not want to be logged in.
        await end(next);
        throw createUnauthenticated('SESSION_ENDED');
      }
      state.commit(next);
      // Listeners hear of it first: a cache is empty before the app fills it anew.
      await Promise.resolve();
      return (state.live() ?? next).user as User<Data>;
    },
    registerUser: async (email: string, password: string) =>
      (await send(REGISTER, { e: email, p: password })) as { readonly userId: string },
    async logOut() {
      logOuts += 1;
      const looking = state.look();
      // Else nobody waits: who is known is forgotten before this returns.
      if (state.status() === 'restoring') await looking;
      const live = state.live();
      if (live === null) return false;
      state.commit(null);
      return end(live);
    },
  };
}
