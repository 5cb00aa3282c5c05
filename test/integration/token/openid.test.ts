import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createIdTokens } from '../../../src/token/openid.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' });
const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS' });
const claims = () => ({ sub: 'x', aud: 'client', exp: Math.floor(Date.now() / 1000) + 60 });

let issuer: LocalIssuer;

beforeEach(async () => {
  issuer = await startLocalIssuer();
});
afterEach(() => issuer.stop());

const create = (settings: object = {}) =>
  createIdTokens(
    { issuer: issuer.issuer, clientIds: ['client'] },
    { now: Date.now, keyCooldownMs: 0, ...settings },
  );

test('nothing is fetched before the first token, and then once for many at once', async () => {
  const idTokens = create();
  expect(issuer.discoveries()).toBe(0);
  await Promise.all(Array.from({ length: 20 }, () => idTokens.verify(issuer.issue(claims()))));
  expect(issuer.discoveries()).toBe(1);
  expect(issuer.fetches()).toBe(1);
});

test('a key that is new is fetched', async () => {
  const idTokens = create();
  await idTokens.verify(issuer.issue(claims()));
  issuer.rotate();
  expect(await idTokens.verify(issuer.issue(claims()))).toMatchObject({ externalId: 'x' });
});

test.each(['fail', 'garbage', 'hang'] as const)(
  'a provider that does not answer (%s) is an outage and no refusal, and is asked again later',
  async (mode) => {
    const idTokens = create();
    issuer.setMode(mode);
    const begin = performance.now();
    await expect(idTokens.verify(issuer.issue(claims()))).rejects.toEqual(unavailable);
    expect(performance.now() - begin).toBeLessThan(5000);
    issuer.setMode('serve');
    const later = new Promise((resolve) => setTimeout(resolve, 1100));
    await later;
    expect(await idTokens.verify(issuer.issue(claims()))).toMatchObject({ externalId: 'x' });
  },
  10_000,
);

test.each([
  ['names another issuer', { issuer: 'https://accounts.example.com' }],
  ['leads to keys without encryption', { jwks_uri: 'http://keys.example.com/' }],
  ['leads nowhere', { jwks_uri: undefined }],
])('a discovery document that %s is not used', async (_what, members) => {
  issuer.setDiscovery(members);
  await expect(create().verify(issuer.issue(claims()))).rejects.toEqual(unavailable);
  expect(issuer.fetches()).toBe(0);
});

test('an algorithm with a shared secret is refused', async () => {
  const token = issuer.issue(claims(), { alg: 'HS256' });
  await expect(create().verify(token)).rejects.toEqual(refused);
});

test('a token of megabytes is refused without a look', async () => {
  await expect(create().verify('x'.repeat(1_000_000))).rejects.toEqual(refused);
  expect(issuer.discoveries()).toBe(0);
});

test('an issuer without encryption is not accepted', () => {
  const provider = { issuer: 'http://accounts.example.com', clientIds: ['client'] };
  expect(() => createIdTokens(provider, { now: Date.now })).toThrow('must be an https URL');
});
