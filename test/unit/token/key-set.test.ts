import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import type { SigningAlg } from '../../../src/config.ts';
import { importSigningKeys } from '../../../src/token/keys.ts';
import { createPrivateKey, toJwk } from '../../support/test-tokens.ts';

const first = toJwk(createPrivateKey('ES256'), { kid: 'first' });
const second = toJwk(createPrivateKey('ES256'), { kid: 'second' });
const ed = toJwk(createPrivateKey('EdDSA'), { kid: 'ed' });
const rsa = toJwk(createPrivateKey('RS256'), { kid: 'rsa' });

function publicOf(jwk: JsonWebKey): JsonWebKey {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...members } = jwk;
  return members;
}

function importKeys(keys: readonly unknown[], alg: SigningAlg = 'ES256') {
  return importSigningKeys({ keys }, alg);
}

describe('an operator key set', () => {
  test('signs with its first private key of the algorithm and verifies with all', async () => {
    const keys = await importKeys([ed, publicOf(second), first]);
    expect(keys.active.kid).toBe('first');
    expect([...keys.verification.keys()].sort()).toEqual(['ed', 'first', 'second']);
    expect(keys.verification.get('ed')?.alg).toBe('EdDSA');
  });

  test('publishes only public members, the active key first', async () => {
    const { published } = await importKeys([ed, rsa, { ...first, ext: true, custom: 'x' }]);
    expect(published).toEqual([
      { kty: 'EC', crv: 'P-256', x: first.x, y: first.y, kid: 'first', alg: 'ES256', use: 'sig' },
      { kty: 'OKP', crv: 'Ed25519', x: ed.x, kid: 'ed', alg: 'EdDSA', use: 'sig' },
      { kty: 'RSA', n: rsa.n, e: rsa.e, kid: 'rsa', alg: 'RS256', use: 'sig' },
    ]);
  });

  test('names a key without "kid" by its thumbprint (RFC 7638)', async () => {
    const { kid: _kid, ...unnamed } = first;
    const keys = await importKeys([unnamed]);
    expect(keys.active.kid).toBe(await calculateJwkThumbprint(publicOf(unnamed)));
  });

  test('takes an RSA key without "alg" for the configured algorithm', async () => {
    expect((await importKeys([rsa], 'PS256')).active.alg).toBe('PS256');
    const keys = await importKeys([rsa, first]);
    expect(keys.verification.get('rsa')?.alg).toBe('RS256');
  });

  test('ignores hints that would keep the key from signing', async () => {
    const hinted = { ...first, use: 'sig', key_ops: ['verify'], ext: false };
    expect((await importKeys([hinted])).active.kid).toBe('first');
  });

  test.each([undefined, null, 'text', [], {}, { keys: [] }, { keys: {} }])(
    '%j is refused',
    async (file) => {
      await expect(importSigningKeys(file, 'ES256')).rejects.toThrow(
        'The signing key set must be a JWKS with a non-empty "keys" array',
      );
    },
  );

  test('without a private key for the configured algorithm is refused', async () => {
    for (const keys of [[ed], [publicOf(first)]]) {
      await expect(importKeys(keys)).rejects.toThrow('has no private key for "ES256"');
    }
  });
});

describe('a key is refused', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const cubic = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey;
  const onK1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  test.each<[string, unknown, string]>([
    ['that is no object', 'text', 'must be an object'],
    ['that is symmetric', { kty: 'oct', k: 'c2VjcmV0' }, 'is symmetric'],
    ['that is symmetric and empty', { kty: 'oct' }, 'is symmetric'],
    ['that has a secret member', { ...first, k: 'c2VjcmV0' }, 'is symmetric'],
    [
      'of an unknown type',
      { kty: 'AKP' },
      'must fit one of the algorithms ES256, ES384, EdDSA, RS256, PS256',
    ],
    ['on another curve', toJwk(onK1), 'must fit one of the algorithms'],
    ['whose "alg" is of another type', { ...first, alg: 'RS256' }, 'must fit one of'],
    ['whose "alg" is HMAC', { ...first, alg: 'HS256' }, 'must fit one of'],
    ['for encryption', { ...first, use: 'enc' }, 'must have "use" "sig"'],
    ['with an empty "kid"', { ...first, kid: '' }, 'must have a "kid"'],
    ['with a space before the "kid"', { ...first, kid: ' a' }, 'must have a "kid"'],
    ['with a line feed after the "kid"', { ...first, kid: 'a\n' }, 'must have a "kid"'],
    ['with a long "kid"', { ...first, kid: 'a'.repeat(129) }, 'must have a "kid"'],
    ['with a number as "kid"', { ...first, kid: 1 }, 'must have a "kid"'],
    ['of RSA with 1024 bits', toJwk(weak), 'must have an RSA modulus of 2048 bits'],
    ['of RSA with exponent 3', toJwk(cubic), 'must have an odd RSA exponent'],
    [
      'of RSA with an even exponent',
      { ...rsa, e: Buffer.from([1, 0, 2]).toString('base64url') },
      'must have an odd RSA exponent',
    ],
    ['of RSA with exponent 1', { ...rsa, e: 'AQ' }, 'must have an odd RSA exponent'],
    ['of RSA without modulus', { ...rsa, n: undefined }, 'must have an RSA modulus'],
    ['with a broken point', { ...first, x: second.x }, 'cannot be imported'],
    ['with the private part of another', { ...first, d: second.d }, 'cannot be imported'],
    ['whose Ed25519 parts differ', { ...ed, x: second.x }, 'cannot be imported'],
    ['with a number as private part', { ...first, d: 1 }, 'cannot be imported'],
  ])('%s', async (_name, key, problem) => {
    await expect(importKeys([first, key])).rejects.toThrow(`"keys[1]" ${problem}`);
  });

  test('that has the "kid" of another', async () => {
    await expect(importKeys([first, { ...second, kid: 'first' }])).rejects.toThrow(
      '"keys[1]" has the same "kid" as another key',
    );
  });

  test('with every problem of the set in one message and no key material', async () => {
    const broken = { ...first, d: second.d };
    const error: unknown = await importKeys([broken, toJwk(weak), 7]).catch((thrown) => thrown);
    const { message, cause } = error as Error;
    expect(message).toMatch(/"keys\[0\]".*; "keys\[1\]".*; "keys\[2\]"/);
    for (const value of [...Object.values(broken), ...Object.values(toJwk(weak))]) {
      if (String(value).length > 10) expect(message).not.toContain(String(value));
    }
    expect(cause).toBe(undefined);
  });
});
