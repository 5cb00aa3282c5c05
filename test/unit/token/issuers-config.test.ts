import { describe, expect, test } from '@jest/globals';
import { parseExternalIssuers } from '../../../src/token/issuers-config.ts';
import { createPrivateKey, toJwk } from '../../support/test-tokens.ts';

const remote = {
  issuer: 'https://issuer.example',
  audience: 'app',
  jwksUrl: 'https://issuer.example/keys',
  algorithms: ['RS256'],
};
const { d: _private, ...publicJwk } = toJwk(createPrivateKey('ES256'));
const { d: _edPrivate, ...edJwk } = toJwk(createPrivateKey('EdDSA'));
const rsaJwk = { kty: 'RSA', n: Buffer.alloc(256, 255).toString('base64url'), e: 'AQAB' };
const secretJwk = { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') };

describe('the file of external issuers', () => {
  test('gets defaults for what may be left out', () => {
    expect(parseExternalIssuers([remote])).toEqual([
      { ...remote, audience: ['app'], keys: [], userIdClaim: 'sub', metadata: {} },
    ]);
  });

  test.each([
    [{ ...remote, audience: ['one', 'two'] }],
    [{ ...remote, jwksUrl: 'http://127.0.0.1:8080/keys' }],
    [{ ...remote, jwksUrl: 'http://localhost/keys' }],
    [{ ...remote, jwksUrl: 'http://[::1]/keys' }],
    [{ ...remote, jwksUrl: undefined, keys: [publicJwk, edJwk, rsaJwk] }],
    [{ ...remote, jwksUrl: undefined, keys: [secretJwk], algorithms: ['HS256'] }],
    [{ ...remote, userIdClaim: 'user.id', metadata: { email: 'https://x.example/email' } }],
  ])('accepts case %#', (entry) => {
    expect(parseExternalIssuers([entry])).toHaveLength(1);
  });

  test('gives each key, audience and issuer back as it is', () => {
    const entries = [
      { ...remote, audience: ['one', 'two'] },
      { ...remote, issuer: 'other', jwksUrl: undefined, keys: [publicJwk, edJwk] },
    ];
    const parsed = parseExternalIssuers(entries);
    expect(parsed.map(({ issuer, audience, keys }) => ({ issuer, audience, keys }))).toEqual([
      { issuer: remote.issuer, audience: ['one', 'two'], keys: [] },
      { issuer: 'other', audience: ['app'], keys: [publicJwk, edJwk] },
    ]);
  });

  test('takes a secret of 32 bytes, and none of 31', () => {
    const withSecret = (bytes: number) => [
      {
        ...remote,
        ...{ jwksUrl: undefined, algorithms: ['HS256'] },
        keys: [{ kty: 'oct', k: Buffer.alloc(bytes, 7).toString('base64url') }],
      },
    ];
    expect(parseExternalIssuers(withSecret(32))).toHaveLength(1);
    expect(() => parseExternalIssuers(withSecret(31))).toThrow('a secret of 32 bytes or more');
  });

  test.each([
    ['an unknown member', { ...remote, jwksUri: 'x' }, '"[0]"'],
    ['an empty issuer', { ...remote, issuer: '' }, '"[0].issuer"'],
    ['no audience', { ...remote, audience: undefined }, '"[0].audience"'],
    ['an empty audience list', { ...remote, audience: [] }, '"[0].audience"'],
    ['no algorithms', { ...remote, algorithms: undefined }, '"[0].algorithms"'],
    ['an empty algorithm list', { ...remote, algorithms: [] }, '"[0].algorithms"'],
    ['"none"', { ...remote, algorithms: ['none'] }, '"[0].algorithms[0]"'],
    ['HS512', { ...remote, algorithms: ['HS512'] }, '"[0].algorithms[0]"'],
    [
      'mixed families',
      { ...remote, algorithms: ['RS256', 'HS256'] },
      '"[0].algorithms" must not mix',
    ],
    ['a published secret', { ...remote, algorithms: ['HS256'] }, '"[0].algorithms" must not name'],
    [
      'a point that is not on its curve',
      { ...remote, jwksUrl: undefined, keys: [{ ...publicJwk, x: publicJwk.y }] },
      '"[0].keys[0]" is no key of its type',
    ],
    ['no keys', { ...remote, jwksUrl: undefined }, '"[0].jwksUrl" or "keys" must be given'],
    ['both kinds of keys', { ...remote, keys: [publicJwk] }, 'or "keys" must be given'],
    [
      'http',
      { ...remote, jwksUrl: 'http://issuer.example/keys' },
      '"[0].jwksUrl" must be an https',
    ],
    [
      'a loopback look-alike',
      { ...remote, jwksUrl: 'http://127.0.0.1.example/' },
      'must be an https',
    ],
    [
      'another scheme on a loopback address',
      { ...remote, jwksUrl: 'ftp://localhost/' },
      'an https',
    ],
    ['no URL', { ...remote, jwksUrl: '/keys' }, 'must be an https'],
    ['a file URL', { ...remote, jwksUrl: 'file:///keys.json' }, 'must be an https'],
    [
      'a private key',
      { ...remote, jwksUrl: undefined, keys: [{ ...publicJwk, d: 'AAAA' }] },
      '"[0].keys[0]" must not hold a private key',
    ],
    [
      'a key without its members',
      { ...remote, jwksUrl: undefined, keys: [{ kty: 'RSA' }] },
      '"[0].keys[0]" must have the members "n", "e"',
    ],
    [
      'a key that lacks one member',
      { ...remote, jwksUrl: undefined, keys: [{ ...rsaJwk, e: undefined }] },
      'must have the members "n", "e"',
    ],
    [
      'a weak key',
      { ...remote, jwksUrl: undefined, keys: [{ ...rsaJwk, e: 'Aw' }] },
      'must have an odd RSA exponent',
    ],
    [
      'a public key with a secret',
      { ...remote, jwksUrl: undefined, keys: [{ ...publicJwk, k: 'AAAA' }] },
      '"[0].keys[0]" must not hold a secret',
    ],
    [
      'a key of another type',
      { ...remote, jwksUrl: undefined, keys: [{ kty: 'AKP' }] },
      '"[0].keys[0].kty" must be "EC", "OKP", "RSA" or "oct"',
    ],
    [
      'a secret among public keys',
      { ...remote, jwksUrl: undefined, keys: [publicJwk, secretJwk] },
      '"[0].keys" must be "oct" keys with HS256',
    ],
    [
      'a secret without its bytes',
      { ...remote, jwksUrl: undefined, keys: [{ kty: 'oct' }], algorithms: ['HS256'] },
      'must hold a secret of 32 bytes',
    ],
    [
      'a public key for HS256',
      { ...remote, jwksUrl: undefined, keys: [publicJwk], algorithms: ['HS256'] },
      'must be "oct" keys with HS256',
    ],
    [
      'a secret for RS256',
      { ...remote, jwksUrl: undefined, keys: [secretJwk] },
      'must be "oct" keys with HS256',
    ],
    [
      'a short secret',
      {
        ...remote,
        jwksUrl: undefined,
        keys: [{ kty: 'oct', k: 'c2VjcmV0' }],
        algorithms: ['HS256'],
      },
      'must hold a secret of 32 bytes or more',
    ],
    ['an operator as metadata field', { ...remote, metadata: { $set: 'x' } }, '"[0].metadata'],
    [
      'a long metadata field',
      { ...remote, metadata: { ['a'.repeat(65)]: 'x' } },
      'a plain field name',
    ],
  ])('refuses %s', (_name, entry, problem) => {
    expect(() => parseExternalIssuers([entry])).toThrow(problem);
  });

  test('drops __proto__ as metadata field', () => {
    const metadata: unknown = JSON.parse('{"__proto__": "x"}');
    expect(parseExternalIssuers([{ ...remote, metadata }])[0]?.metadata).toEqual({});
  });

  test('takes one entry without an issuer', () => {
    const bare = { ...remote, issuer: undefined };
    expect(parseExternalIssuers([bare, remote])).toHaveLength(2);
    expect(() => parseExternalIssuers([bare, bare])).toThrow(
      '"[1].issuer" may be absent from one entry only',
    );
  });

  test('refuses one issuer twice', () => {
    expect(() => parseExternalIssuers([remote, remote])).toThrow(
      '"[1].issuer" is configured twice',
    );
  });

  test.each([null, 'text', {}, { issuers: [] }])('refuses %j', (input) => {
    expect(() => parseExternalIssuers(input)).toThrow('is not usable');
  });

  test('reports every problem and no secret', () => {
    const bad = [
      { ...remote, jwksUrl: undefined, keys: [{ kty: 'oct', k: 'c2hvcnQ' }] },
      { issuer: 1 },
    ];
    let message = '';
    try {
      parseExternalIssuers(bad);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/"\[0\].keys\[0\]".*; "\[1\].issuer".*; "\[1\].audience"/);
    expect(message).not.toContain('c2hvcnQ');
  });
});
