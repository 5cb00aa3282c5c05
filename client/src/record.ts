/** A session as it is kept: what is stored, and what its access token says. */
import { GatewayError } from './errors.ts';
import { attempt, type Platform } from './platform.ts';
import type { User } from './types.ts';

/** What is stored, as JSON. */
export interface StoredSession {
  /** The gateway it belongs to. */
  readonly url: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: User<unknown>;
  /** Milliseconds that the gateway's clock is ahead of ours, as the last log-in or refresh showed. */
  readonly ahead: number;
  /** Milliseconds that the access token of the last log-in or refresh lived. */
  readonly life: number;
}

/** A stored session and the claims of its access token. */
export interface LiveSession extends StoredSession {
  readonly claims: Claims;
}

/** What the client reads in an access token. It verifies nothing: the gateway does. */
export interface Claims {
  readonly sub: string;
  readonly sid: string;
  /** Seconds of the gateway's clock. */
  readonly iat: number;
  readonly exp: number;
  /** When the document was read: milliseconds of the gateway's clock. */
  readonly user_data_at: number;
}

/** Longest text of a storage that is looked at. */
const MAX_LENGTH = 1_000_000;

/** Adds the claims; `undefined` unless tokens and user are what they should be, and of one another. */
function enliven(platform: Platform, stored: StoredSession): LiveSession | undefined {
  const { accessToken, refreshToken, user, ahead, life } = stored;
  return attempt(() => {
    const payload = accessToken.split('.', 2)[1] ?? '';
    // Text beyond ASCII is garbled by this, but not what is read here.
    const claims = JSON.parse(platform.atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const { sub, sid, iat, exp, user_data_at } = claims;
    const isRight =
      [refreshToken, sub, sid].every((text) => typeof text === 'string') &&
      [iat, exp, user_data_at, ahead, life].every(Number.isFinite) &&
      user.id === sub;
    return isRight ? { ...stored, claims } : undefined;
  });
}

/** What a storage has, if it is a session at `url`; anything else is nobody. */
export function parseStored(
  platform: Platform,
  url: string,
  text: string | null,
): LiveSession | null {
  if (text === null || text.length > MAX_LENGTH) return null;
  const stored = attempt<StoredSession>(() => JSON.parse(text));
  return (stored?.url === url && enliven(platform, stored)) || null;
}

/** What a log-in or a refresh answers. */
export function receiveSession(platform: Platform, url: string, answer: unknown): LiveSession {
  const { accessToken, refreshToken, user } = answer as StoredSession;
  const live = enliven(platform, { url, accessToken, refreshToken, user, ahead: 0, life: 0 });
  if (live === undefined) throw createBadResponse();
  const issuedAt = live.claims.iat * 1000;
  const ahead = issuedAt - platform.Date.now();
  return { ...live, ahead, life: live.claims.exp * 1000 - issuedAt };
}

/** What a write or `refreshCustomData` answers, for `live`; `undefined` if it is of another session or older. */
export function receiveReissued(
  platform: Platform,
  live: LiveSession,
  answer: Pick<StoredSession, 'accessToken' | 'user'>,
): LiveSession | undefined {
  const { accessToken, user } = answer;
  const next = enliven(platform, { ...live, accessToken, user });
  if (next === undefined) throw createBadResponse();
  const { sid, user_data_at: readAt } = next.claims;
  return sid === live.claims.sid && readAt >= live.claims.user_data_at ? next : undefined;
}

/** Milliseconds that an access token still lives by the gateway's clock. */
export function timeLeft(platform: Platform, live: LiveSession): number {
  return live.claims.exp * 1000 - (platform.Date.now() + live.ahead);
}

/** Something answered, but not as a gateway does. */
export function createBadResponse(): GatewayError {
  return new GatewayError('No answer of a gateway', 'BAD_RESPONSE', {}, 200);
}
