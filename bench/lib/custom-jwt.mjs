// An issuer whose tokens the gateway trusts.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'bench';
const LIFE_SECONDS = 86_400;
const MILLISECONDS_PER_SECOND = 1000;

/** @typedef {ReturnType<typeof createIssuer>} Issuer */

/** The text of a new private key, PKCS #8. */
export function createIssuerKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

/** @param {string} pem of the private key */
export function createIssuer(pem) {
  const key = createPrivateKey(pem);
  const jwk = { ...createPublicKey(key).export({ format: 'jwk' }), kid: 'bench', alg: 'ES256' };
  const encode = (/** @type {object} */ part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    /** What CUSTOM_JWT_ISSUERS_FILE holds. */
    file: [{ issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], keys: [jwk] }],
    /** @param {string} name the user's id at the issuer */
    identityOf: (name) => ({
      provider: /** @type {const} */ ('custom-token'),
      externalId: JSON.stringify([ISSUER, name]),
      data: {},
    }),
    /** @param {string} name */
    tokenOf(name) {
      const iat = Math.floor(Date.now() / MILLISECONDS_PER_SECOND);
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: name, iat, exp: iat + LIFE_SECONDS };
      const text = `${encode({ alg: 'ES256', kid: 'bench', typ: 'JWT' })}.${encode(claims)}`;
      const options = /** @type {const} */ ({ key, dsaEncoding: 'ieee-p1363' });
      return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`;
    },
  };
}
