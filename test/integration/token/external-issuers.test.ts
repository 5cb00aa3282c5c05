import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createExternalIssuers } from '../../../src/token/external-issuers.ts';
import { parseExternalIssuers } from '../../../src/token/issuers-config.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';
import { START } from '../../support/test-tokens.ts';

const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS', details: {} });
const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' });

const exp = START / 1000 + 60;
const claims = { sub: 'user-1', aud: 'app', exp };

let issuer: LocalIssuer;

beforeEach(async () => {
  issuer = await startLocalIssuer();
});
afterEach(() => issuer.stop());

function trust(entry: object = {}, keyCooldownMs = 0) {
  const { issuer: name, jwksUrl } = issuer;
  const config = parseExternalIssuers([
    { issuer: name, audience: 'app', jwksUrl, algorithms: ['ES256'], ...entry },
  ]);
  return createExternalIssuers(config, { now: () => START, keyCooldownMs });
}

describe('a token of a trusted issuer', () => {
  test('is verified to issuer, user id and no metadata unless asked for', async () => {
    const identity = await trust().verify(issuer.issue({ ...claims, email: 'a@example.com' }));
    expect(identity).toEqual({ issuer: issuer.issuer, externalId: 'user-1', metadata: {} });
  });

  test('has its claims mapped to metadata by name or dotted path', async () => {
    const issuers = trust({
      userIdClaim: 'user.id',
      metadata: {
        email: 'https://example.com/email',
        city: 'address.city',
        roles: 'roles',
        nested: 'address',
        none: 'absent.deep',
        inherited: 'constructor.name',
      },
    });
    const token = issuer.issue({
      ...claims,
      user: { id: 42 },
      'https://example.com/email': 'a@example.com',
      address: { city: 'Oslo' },
      roles: ['reader'],
    });
    const { externalId, metadata } = await issuers.verify(token);
    expect(externalId).toBe('42');
    expect(metadata).toEqual({ email: 'a@example.com', city: 'Oslo', roles: ['reader'] });
  });

  test('may lack an issuer where one entry asks for none: its keys decide', async () => {
    const other = await startLocalIssuer();
    const common = { audience: 'app', algorithms: ['ES256'] };
    const config = parseExternalIssuers([
      { ...common, jwksUrl: issuer.jwksUrl },
      { ...common, issuer: other.issuer, jwksUrl: other.jwksUrl },
    ]);
    const issuers = createExternalIssuers(config, { now: () => START, keyCooldownMs: 0 });
    const bare = { issuer: '', externalId: 'user-1', metadata: {} };
    expect(await issuers.verify(issuer.issue({ ...claims, iss: undefined }))).toEqual(bare);
    expect(await issuers.verify(issuer.issue({ ...claims, iss: 'anyone' }))).toEqual(bare);
    // Keys of one entry are nothing to the other.
    for (const token of [
      other.issue({ ...claims, iss: undefined }),
      issuer.issue({ ...claims, iss: other.issuer }),
    ]) {
      await expect(issuers.verify(token)).rejects.toEqual(refused);
    }
    await other.stop();
    expect(() => parseExternalIssuers([config[0], config[0]])).toThrow('from one entry only');
  });

  test('may name one of several audiences', async () => {
    const issuers = trust({ audience: ['one', 'two'] });
    const token = issuer.issue({ ...claims, aud: ['two', 'three'] });
    expect((await issuers.verify(token)).externalId).toBe('user-1');
  });

  test('without "kid" is tried with every key', async () => {
    const token = issuer.issue(claims, { kid: undefined });
    issuer.addKey();
    expect((await trust().verify(token)).externalId).toBe('user-1');
  });

  test.each([
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['no "exp"', { exp: undefined }],
    ['an "exp" that has passed', { exp: START / 1000 - 6 }],
    ['an "nbf" to come', { nbf: START / 1000 + 60 }],
    ['another issuer', { iss: 'https://other.example' }],
    ['no issuer', { iss: undefined }],
    ['no "sub"', { sub: undefined }],
    ['an empty "sub"', { sub: '' }],
    ['an object as "sub"', { sub: { $ne: null } }],
    ['an endless "sub"', { sub: 'x'.repeat(256) }],
  ])('with %s is refused', async (_name, change) => {
    await expect(trust().verify(issuer.issue({ ...claims, ...change }))).rejects.toEqual(refused);
  });

  test('signed with an algorithm that is not listed is refused before keys are fetched', async () => {
    const issuers = trust({ algorithms: ['RS256', 'EdDSA'] });
    await expect(issuers.verify(issuer.issue(claims))).rejects.toEqual(refused);
    for (const alg of ['none', 'HS256', 'ES384']) {
      await expect(trust().verify(issuer.issue(claims, { alg }))).rejects.toEqual(refused);
    }
    expect(issuer.fetches()).toBe(0);
  });

  test('changed after signing is refused', async () => {
    const [header, , signature] = issuer.issue(claims).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, iss: issuer.issuer, sub: 'root' }));
    const token = `${header}.${payload.toString('base64url')}.${signature}`;
    await expect(trust().verify(token)).rejects.toEqual(refused);
  });

  test.each(['', 'text', 'a.b.c', '..', 'x'.repeat(70_000)])('%# is no token', async (token) => {
    await expect(trust().verify(token)).rejects.toEqual(refused);
    expect(issuer.fetches()).toBe(0);
  });

  test('leaves its claims out of the error when refused', async () => {
    const token = issuer.issue({ ...claims, aud: 'other', note: 'private-note' });
    const error: unknown = await trust()
      .verify(token)
      .catch((thrown) => thrown);
    const { cause } = error as Error;
    expect(String(cause)).toContain('ERR_JWT_CLAIM_VALIDATION_FAILED');
    expect(JSON.stringify(cause)).not.toContain('private-note');
  });
});

describe('inline keys', () => {
  const secret = Buffer.alloc(32, 7);
  const hmac = { jwksUrl: undefined, algorithms: ['HS256'] };

  async function signHmac(key: Uint8Array, kid?: string): Promise<string> {
    const { createHmac } = await import('node:crypto');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const header = { alg: 'HS256', ...(kid === undefined ? {} : { kid }) };
    const input = `${encode(header)}.${encode({ ...claims, iss: issuer.issuer })}`;
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  }

  test('that are shared secrets verify HS256', async () => {
    const keys = [{ kty: 'oct', kid: 'a', k: secret.toString('base64url') }];
    const issuers = trust({ ...hmac, keys });
    expect((await issuers.verify(await signHmac(secret))).externalId).toBe('user-1');
    expect((await issuers.verify(await signHmac(secret, 'a'))).externalId).toBe('user-1');
    await expect(issuers.verify(await signHmac(secret, 'b'))).rejects.toEqual(refused);
    await expect(issuers.verify(await signHmac(Buffer.alloc(32)))).rejects.toEqual(refused);
  });

  test('that are public verify without any fetch', async () => {
    const jwks = (await (await fetch(issuer.jwksUrl)).json()) as { keys: object[] };
    const issuers = trust({ jwksUrl: undefined, keys: jwks.keys });
    expect((await issuers.verify(issuer.issue(claims))).externalId).toBe('user-1');
    expect(issuer.fetches()).toBe(1);
  });
});

describe('remote keys', () => {
  test('are fetched once for any number of tokens', async () => {
    const issuers = trust();
    const token = issuer.issue(claims);
    await Promise.all(Array.from({ length: 20 }, () => issuers.verify(token)));
    await issuers.verify(token);
    expect(issuer.fetches()).toBe(1);
  });

  test('that were rotated are picked up by the unknown "kid"', async () => {
    const issuers = trust();
    const old = issuer.issue(claims);
    await issuers.verify(old);
    issuer.rotate();
    expect((await issuers.verify(issuer.issue(claims))).externalId).toBe('user-1');
    expect(issuer.fetches()).toBe(2);
    await expect(issuers.verify(old)).rejects.toEqual(refused);
  });

  test('are not fetched in a storm of unknown "kid"s', async () => {
    const issuers = trust({}, 60_000);
    await issuers.verify(issuer.issue(claims));
    for (let index = 0; index < 50; index += 1) {
      const token = issuer.issue(claims, { kid: `invented-${index}` });
      await expect(issuers.verify(token)).rejects.toEqual(refused);
    }
    expect(issuer.fetches()).toBe(1);
  });

  test.each(['fail', 'garbage'] as const)(
    'that cannot be had (%s) are an outage, not a refusal',
    async (mode) => {
      issuer.setMode(mode);
      await expect(trust().verify(issuer.issue(claims))).rejects.toEqual(unavailable);
    },
  );

  test('of an issuer that does not listen are an outage, not a refusal', async () => {
    const issuers = trust();
    await issuer.stop();
    await expect(issuers.verify(issuer.issue(claims))).rejects.toEqual(unavailable);
  });

  test('are given up on in less than four seconds when the issuer hangs', async () => {
    issuer.setMode('hang');
    const begin = performance.now();
    await expect(trust().verify(issuer.issue(claims))).rejects.toEqual(unavailable);
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  test('that fail are not fetched in a storm either, and known ones still verify', async () => {
    const issuers = trust();
    const token = issuer.issue(claims);
    await issuers.verify(token);
    issuer.setMode('fail');
    for (let index = 0; index < 20; index += 1) {
      const unknown = issuer.issue(claims, { kid: `invented-${index}` });
      await expect(issuers.verify(unknown)).rejects.toEqual(unavailable);
    }
    expect(issuer.fetches()).toBe(2);
    expect((await issuers.verify(token)).externalId).toBe('user-1');
  });
});
