/** The session that an app sees. */
import { createDataMethods } from './data-methods.ts';
import { createLogMethods } from './log-methods.ts';
import type { Platform } from './platform.ts';
import { createState } from './state.ts';
import { createTokens } from './tokens.ts';
import { createSend } from './transport.ts';
import type { CustomData, Session, SessionOptions, User } from './types.ts';

/** Creates a session on a platform; `createSession` is this on `globalThis`. */
export function createSessionOn<Data = CustomData>(
  platform: Platform,
  options: SessionOptions,
): Session<Data> {
  const { url, key = `custom-user-data:${url}`, storage } = options;
  const send = createSend(platform, url, options.fetch ?? platform.fetch);
  const state = createState(platform, key, url, storage, () => tokens.warm());
  const parts = { platform, url, key, send, state };
  const tokens = createTokens(parts, options.refreshMargin);
  return {
    get status() {
      return state.status();
    },
    get user() {
      return (state.live()?.user ?? null) as User<Data> | null;
    },
    ready: Promise.resolve(state.restored),
    // biome-ignore lint/nursery/noMisusedPromises: what is spread is an object, not a promise
    ...createLogMethods<Data>(parts),
    ...createDataMethods<Data>(parts, tokens),
    getAccessToken: ({ notThis } = {}) => tokens.get(notThis),
    subscribe: state.subscribe,
    close: state.close,
  };
}
