import { createPublicKey, type JsonWebKeyInput } from 'node:crypto';
import { expect, test } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { AUDIENCE, createTestTokens, HOLDER, ISSUER, START } from '../../support/test-tokens.ts';

const customData = {
  data: { note: 'naïve 日本 👍 \ud800', count: { $numberInt: '1' } },
  revision: 'r',
  readAt: START,
};

test.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)(
  'another library verifies a token with %s through the published keys',
  async (alg) => {
    const { tokens } = await createTestTokens({ alg });
    const { token, claims } = await tokens.issueAccess({ ...HOLDER, customData });
    const { payload, header } = verifyIndependently(token, tokens.jwks().keys, alg);
    expect(header).toEqual({ alg, kid: tokens.jwks().keys[0]?.kid, typ: 'at+jwt' });
    expect(payload).toEqual({
      user_data: customData.data,
      user_data_rev: 'r',
      user_data_at: START,
      typ: 'access',
      sid: HOLDER.sessionId,
      iss: ISSUER,
      aud: AUDIENCE,
      client_id: AUDIENCE,
      sub: HOLDER.userId,
      jti: claims.tokenId,
      iat: START / 1000,
      exp: START / 1000 + 1800,
    });
  },
);

function verifyIndependently(token: string, keys: readonly object[], alg: jsonwebtoken.Algorithm) {
  const { kid } = jsonwebtoken.decode(token, { complete: true })?.header ?? {};
  const jwk = keys.find((key) => (key as { kid: string }).kid === kid) ?? {};
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
  return jsonwebtoken.verify(token, publicKey, {
    algorithms: [alg],
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTimestamp: START / 1000,
    complete: true,
  });
}
