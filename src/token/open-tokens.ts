/** Opens what issues and verifies tokens. */
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { shareOut } from '../memory-shares.ts';
import type { Store } from '../store/port.ts';
import type { Tracing } from '../tracing.ts';
import { KEYS_COLLECTION } from './keys.ts';
import { openSigningKeys } from './open-keys.ts';
import { openParties } from './parties.ts';
import { createTokens, type TokenSettings } from './token-service.ts';
import { traceTokens } from './traced-tokens.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

/** What opening takes. */
export interface OpenTokensParts
  extends Pick<TokenSettings, 'makeOwnClaims' | 'now' | 'onAccessToken'> {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly tracing: Tracing | null;
}

/** Opens the tokens, the parties that they are by and for, and the keys, which the caller closes. */
export async function openTokens({ config, log, store, tracing, ...settings }: OpenTokensParts) {
  const collection = await store.collection(KEYS_COLLECTION);
  const { appId: audience, publicUrl } = config;
  const parties = await openParties({ collection, audience, publicUrl, log });
  const signingKeys = await openSigningKeys(config, { collection, log, now: settings.now });
  const { keys } = signingKeys;
  const { tokens: bytes } = shareOut(config.responseCacheBytes);
  const { accessTtlSeconds, refreshTtlSeconds } = config.token;
  const issued = createTokens({
    ...settings,
    ...{ accessTtlSeconds, keys, parties, refreshTtlSeconds },
    verified: createVerifiedTokens({ bytes, keys }),
  });
  return { parties, signingKeys, tokens: tracing === null ? issued : traceTokens(issued, tracing) };
}
