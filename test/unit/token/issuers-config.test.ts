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
    [{ ...remote, jwksUrl: undefined, keys: [publicJwk], algorithms: ['ES256'] }],
    [{ ...remote, jwksUrl: undefined, keys: [secretJwk], algorithms: ['HS256'] }],
    [{ ...remote, userIdClaim: 'user.id', metadata: { email: 'https://x.example/email' } }],
  ])('accepts case %#', (entry) => {
    expect(parseExternalIssuers([entry])).toHaveLength(1);
  });

  test.each([
    ['an unknown member', { ...remote, jwksUri: 'x' }, '"[0]"'],
    ['no issuer', { ...remote, issuer: undefined }, '"[0].issuer"'],
    ['no audience', { ...remote, audience: undefined }, '"[0].audience"'],
    ['an empty audience list', { ...remote, audience: [] }, '"[0].audience"'],
    ['no algorithms', { ...remote, algorithms: undefined }, '"[0].algorithms"'],
    ['an empty algorithm list', { ...remote, algorithms: [] }, '"[0].algorithms"'],
    ['"none"', { ...remote, algorithms: ['none'] }, '"[0].algorithms[0]"'],
    ['HS512', { ...remote, algorithms: ['HS512'] }, '"[0].algorithms[0]"'],
    ['mixed families', { ...remote, algorithms: ['RS256', 'HS256'] }, 'must not mix HS256'],
    ['a published secret', { ...remote, algorithms: ['HS256'] }, 'a secret is not published'],
    ['no keys', { ...remote, jwksUrl: undefined }, 'or "keys" must be given'],
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
  ])('refuses %s', (_name, entry, problem) => {
    expect(() => parseExternalIssuers([entry])).toThrow(problem);
  });

  test('drops __proto__ as metadata field', () => {
    const metadata: unknown = JSON.parse('{"__proto__": "x"}');
    expect(parseExternalIssuers([{ ...remote, metadata }])[0]?.metadata).toEqual({});
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
    const bad = [{ ...remote, jwksUrl: undefined, keys: [{ kty: 'oct', k: 'c2hvcnQ' }] }, {}];
    let message = '';
    try {
      parseExternalIssuers(bad);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/"\[0\].keys\[0\]".*"\[1\].issuer".*"\[1\].audience"/);
    expect(message).not.toContain('c2hvcnQ');
  });
});
