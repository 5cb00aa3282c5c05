// What every peer does alike: the same schema, the same check of the token, the same answer.
import { createPublicKey, verify } from 'node:crypto';
import { env, stdout } from 'node:process';

/** What a peer is told by the benchmark. */
export const facts = JSON.parse(env.BENCH_PEER ?? '{}');
export const { audience, issuer, jwk, sdl } = facts;

const key = createPublicKey({ key: jwk, format: 'jwk' });
/** @type {Map<string, Record<string, any>>} */
const known = new Map();

/**
 * The claims of an access token, verified once and remembered until it expires.
 *
 * @param {string | undefined} authorization
 */
export function claimsOf(authorization) {
  if (authorization === undefined) return null;
  const token = authorization.slice('Bearer '.length);
  const found = known.get(token) ?? verifyToken(token);
  return found.exp * 1000 > Date.now() ? found : null;
}

/** @param {string} token */
export function verifyToken(token) {
  const dot = token.lastIndexOf('.');
  const signed = Buffer.from(token.slice(0, dot));
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new Error('The signature is wrong');
  }
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (claims.iss !== issuer || claims.aud !== audience || claims.typ !== 'access') {
    throw new Error('The token is not for here');
  }
  known.set(token, claims);
  return claims;
}

/**
 * What `me { id customData }` answers. The documents of the benchmark hold texts only, so canonical and relaxed
 * Extended JSON are the same.
 *
 * @param {Record<string, any>} claims
 */
export const meOf = ({ sub, user_data: customData }) => ({ id: sub, customData });

/** @param {number} port */
export function announce(port) {
  stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
}
