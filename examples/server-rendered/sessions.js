/** Who sends a request, and what the gateway does for them. */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { readTokens, writeTokens } from './cookies.js';

const USER = 'accessToken user { id customData customDataRevision }';
const LOG_IN = `mutation ($credentials: CredentialsInput!) {
  logIn(credentials: $credentials) { refreshToken ${USER} }
}`;
const REFRESH = `mutation ($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { refreshToken ${USER} }
}`;
const LOG_OUT = 'mutation { logOut }';

/** Seconds before its expiry at which a token is refreshed, so that it does not expire on its way. */
const MARGIN = 60;
/** Milliseconds for which a refresh answers those who come late with the cookies of before. */
const LATE = 10_000;
const DEADLINE = 10_000;

/** What the gateway at `gateway` is asked: `issuer` is its PUBLIC_URL, `audience` its APP_ID. */
function createGateway({ gateway, issuer, audience, fetch = globalThis.fetch }) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway));
  const refreshes = new Map();

  async function send(query, variables, accessToken) {
    const response = await fetch(new URL('/graphql', gateway), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(DEADLINE),
    });
    const { data, errors: problems = [] } = await response.json();
    if (problems.length === 0) return data;
    const [{ extensions, message }] = problems;
    throw Object.assign(new Error(message), { code: extensions?.code, extensions });
  }

  return {
    send,
    /** The claims; throws unless the gateway has signed them for this app, and they have not expired. */
    async verify(accessToken) {
      const { payload } = await jwtVerify(accessToken, keys, { issuer, audience, typ: 'at+jwt' });
      return payload;
    },
    /** Once for all requests of a page that come at the same time; the cookies that each sends back are the same. */
    refresh(refreshToken) {
      const known = refreshes.get(refreshToken);
      if (known !== undefined) return known;
      const done = send(REFRESH, { refreshToken }).then(({ refreshSession }) => refreshSession);
      refreshes.set(refreshToken, done);
      const forget = () => refreshes.delete(refreshToken);
      done.then(() => setTimeout(forget, LATE).unref(), forget);
      return done;
    },
    /** Nobody who comes late with this token is answered what it has bought. */
    forget: (refreshToken) => refreshes.delete(refreshToken),
  };
}

/**
 * Creates what knows the sessions of an app; `options` as of `createGateway`. It can be shared by requests: nothing in it is
 * about one of them but refreshes under way, by their token.
 */
export function createSessions(options) {
  const { forget, refresh, send, verify } = createGateway(options);

  /** The session of a request, its token verified and good for a while; `null`: nobody is logged in. */
  async function open(c) {
    const tokens = readTokens(c);
    if (tokens === null) return null;
    // What is answered is about this user alone.
    c.header('cache-control', 'private, no-store');
    const claims = await verify(tokens.accessToken).catch(ignoreWrongToken);
    if (claims !== null && claims.exp - MARGIN > Date.now() / 1000) return { ...tokens, claims };
    const next = await refresh(tokens.refreshToken).catch(ignoreRefusal);
    writeTokens(c, next);
    return next && { ...next, claims: await verify(next.accessToken) };
  }

  return {
    open,
    /** Throws what the gateway says of wrong credentials. */
    async logIn(c, credentials) {
      const { logIn } = await send(LOG_IN, { credentials });
      writeTokens(c, logIn);
    },
    async logOut(c) {
      const session = await open(c);
      writeTokens(c, null);
      forget(readTokens(c)?.refreshToken);
      if (session !== null) await send(LOG_OUT, {}, session.accessToken);
    },
    /** Sends a mutation of one field, which answers `accessToken`, for the user: the token goes into the cookies. */
    async mutate(c, query, variables) {
      const session = await open(c);
      if (session === null) return null;
      const [answer] = Object.values(await send(query, variables, session.accessToken));
      writeTokens(c, { ...session, accessToken: answer.accessToken });
      return answer;
    },
  };
}

/** Why a token may be no good. Keys that cannot be fetched are no reason. */
const WRONG_TOKEN = [
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JOSENotSupported,
];

/** What is wrong is not looked at: who somebody is says the token that the refresh token buys. */
function ignoreWrongToken(error) {
  if (WRONG_TOKEN.some((kind) => error instanceof kind)) return null;
  throw error;
}

/** A session that the gateway has ended is nobody's; anything else that fails leaves it as it is. */
function ignoreRefusal(error) {
  if (error.code === 'UNAUTHENTICATED') return null;
  throw error;
}
