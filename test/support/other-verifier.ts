/** Verifies tokens by another library than the gateway's, as a service would that has the published keys. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

/** The published keys of a gateway. */
export async function readKeys(url: string): Promise<readonly JsonWebKey[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  return ((await response.json()) as { readonly keys: readonly JsonWebKey[] }).keys;
}

/** The claims of a token; fails if it is not one of the keys', or not for whom it is to be. */
export function verifyToken(
  token: string,
  keys: readonly JsonWebKey[],
  expected: { readonly issuer?: string | undefined; readonly audience?: string | undefined },
): Record<string, unknown> {
  const { kid } = jsonwebtoken.decode(token, { complete: true })?.header ?? {};
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined) throw new Error('The key of the token is not published');
  const { audience, issuer } = expected;
  const claims = jsonwebtoken.verify(token, createPublicKey({ key, format: 'jwk' }), {
    algorithms: ['ES256'],
    ...(audience === undefined ? {} : { audience }),
    ...(issuer === undefined ? {} : { issuer }),
  });
  return claims as Record<string, unknown>;
}
