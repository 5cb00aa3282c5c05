import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

describeOnEveryStore('another JWT library', (provideStore) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  const fetchKeys = async (): Promise<JsonWebKey[]> => {
    const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
    return ((await response.json()) as { keys: JsonWebKey[] }).keys;
  };

  test('verifies the claims of a given document through the JWKS endpoint', async () => {
    const send = createGraphQLClient(gateway.url);
    const session = await logInAnonymously(send);
    const { data } = await send(OPERATIONS.write, {
      token: session.accessToken,
      variables: { data: { age: 42, since: { $date: { $numberLong: '0' } } } },
    });
    const { accessToken, user, canonical } = data.writeCustomUserData;

    const header = jsonwebtoken.decode(accessToken, { complete: true })?.header;
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const jwk = (await fetchKeys()).find(({ kid }) => kid === header?.kid);
    const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
    const claims = jsonwebtoken.verify(accessToken, key, {
      algorithms: ['ES256'],
      issuer: gateway.url,
      audience: 'myapp-abcde',
    });

    expect(claims).toEqual({
      iss: gateway.url,
      aud: 'myapp-abcde',
      client_id: 'myapp-abcde',
      sub: session.user.id,
      sid: expect.stringMatching(/^[\w-]{22}$/),
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: expect.any(Number),
      exp: Date.parse(user.tokenExpiresAt) / 1000,
      typ: 'access',
      user_data: canonical,
      user_data_rev: user.customDataRevision,
      user_data_at: Date.parse(user.customDataReadAt),
    });
    expect(claims).toMatchObject({
      user_data: { age: { $numberInt: '42' }, since: { $date: { $numberLong: '0' } } },
    });
  });

  test('the JWKS endpoint publishes no private member', async () => {
    const keys = await fetchKeys();
    // The one that signs, and the next.
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });
});
