import { createHmac, createPublicKey, randomBytes, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  createPrivateKey,
  createTestTokens,
  decodeToken,
  encodePart,
  forgeLike,
  forgeToken,
  HOLDER,
  reasonOf,
  START,
  type TestTokens,
  toJwk,
} from '../../support/test-tokens.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let made: TestTokens;
let access: string;

beforeAll(async () => {
  made = await createTestTokens();
  access = (await made.tokens.issueAccess({ ...HOLDER, customData: { readAt: START } })).token;
});

function parts(token: string): [header: string, payload: string, signature: string] {
  return token.split('.') as [string, string, string];
}

/** A token signed with our key whose header differs from a good one. */
function forge(header: object): string {
  return forgeLike(made, access, { header });
}

describe('the signature', () => {
  test('empty is TOKEN_MALFORMED', async () => {
    const [header, payload] = parts(access);
    expect(await reasonOf(made, `${header}.${payload}.`)).toBe('TOKEN_MALFORMED');
  });

  test.each([1, 2, 63, 65, 72, 1000])('of %d bytes is TOKEN_INVALID', async (length) => {
    const [header, payload] = parts(access);
    const token = `${header}.${payload}.${encodePart(randomBytes(length))}`;
    expect(await reasonOf(made, token)).toBe('TOKEN_INVALID');
  });

  test('of zeros (CVE-2022-21449) is TOKEN_INVALID', async () => {
    const [header, payload] = parts(access);
    expect(await reasonOf(made, `${header}.${payload}.${encodePart(Buffer.alloc(64))}`)).toBe(
      'TOKEN_INVALID',
    );
  });

  test('in DER instead of the JWA form is TOKEN_INVALID', async () => {
    const [header, payload] = parts(access);
    const der = sign('sha256', Buffer.from(`${header}.${payload}`), made.privateKey);
    expect(await reasonOf(made, `${header}.${payload}.${encodePart(der)}`)).toBe('TOKEN_INVALID');
  });

  test('does not cover another payload', async () => {
    const [header, , signature] = parts(access);
    const payload = { ...decodeToken(access).payload, sub: '000000000000000000000000' };
    expect(await reasonOf(made, `${header}.${encodePart(payload)}.${signature}`)).toBe(
      'TOKEN_INVALID',
    );
  });

  test('by another key under our "kid" is TOKEN_INVALID', async () => {
    const { header, payload } = decodeToken(access);
    expect(await reasonOf(made, forgeToken(createPrivateKey('ES256'), header, payload))).toBe(
      'TOKEN_INVALID',
    );
  });

  test.each(['none', 'None', 'NONE', 'nOnE'])('"alg" "%s" never stands in for it', async (alg) => {
    const [, payload, signature] = parts(access);
    const header = encodePart({ ...decodeToken(access).header, alg });
    expect(await reasonOf(made, `${header}.${payload}.`)).toBe('TOKEN_MALFORMED');
    expect(await reasonOf(made, `${header}.${payload}.${signature}`)).toBe('TOKEN_INVALID');
  });

  test.each(['PEM', 'JWK'])(
    'by HMAC with the %s of our public key is TOKEN_INVALID',
    async (form) => {
      const pem = createPublicKey(made.privateKey).export({ type: 'spki', format: 'pem' });
      const secret = form === 'PEM' ? pem : JSON.stringify(made.tokens.jwks().keys[0]);
      const header = encodePart({ ...decodeToken(access).header, alg: 'HS256' });
      const input = `${header}.${parts(access)[1]}`;
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      expect(await reasonOf(made, `${input}.${mac}`)).toBe('TOKEN_INVALID');
    },
  );
});

describe('the header', () => {
  const path = '../../../../../../dev/null';
  test.each([
    ['an unknown kid', { kid: 'unknown' }, 'TOKEN_INVALID'],
    ['no kid', { kid: undefined }, 'TOKEN_INVALID'],
    ['an empty kid', { kid: '' }, 'TOKEN_INVALID'],
    ['a path as kid', { kid: path }, 'TOKEN_INVALID'],
    ['SQL as kid', { kid: "x' UNION SELECT 'secret'--" }, 'TOKEN_INVALID'],
    ['a property name as kid', { kid: '__proto__' }, 'TOKEN_INVALID'],
    ['an array as kid', { kid: [] }, 'TOKEN_INVALID'],
    ['an object as kid', { kid: { toString: 'x' } }, 'TOKEN_INVALID'],
    ['no alg', { alg: undefined }, 'TOKEN_MALFORMED'],
    ['another alg', { alg: 'ES384' }, 'TOKEN_INVALID'],
    ['an alg in lower case', { alg: 'es256' }, 'TOKEN_INVALID'],
    ['no typ', { typ: undefined }, 'TOKEN_INVALID'],
    ['typ JWT', { typ: 'JWT' }, 'TOKEN_INVALID'],
    ['the refresh typ', { typ: 'rt+jwt' }, 'TOKEN_INVALID'],
    ['crit', { crit: ['exp'], exp: 1 }, 'TOKEN_INVALID'],
    ['an empty crit', { crit: [] }, 'TOKEN_INVALID'],
    ['b64 false', { crit: ['b64'], b64: false }, 'TOKEN_INVALID'],
    ['b64 false that is not critical', { b64: false }, 'TOKEN_INVALID'],
    ['a number as alg', { alg: 256 }, 'TOKEN_MALFORMED'],
    ['an empty alg', { alg: '' }, 'TOKEN_MALFORMED'],
    ['an alg list', { alg: ['ES256'] }, 'TOKEN_MALFORMED'],
    ['a typ list', { typ: ['at+jwt'] }, 'TOKEN_INVALID'],
    ['a typ in another case', { typ: 'AT+JWT' }, 'TOKEN_INVALID'],
  ])('with %s is refused', async (_name, header, reason) => {
    expect(await reasonOf(made, forge(header))).toBe(reason);
  });

  test.each(['jwk', 'jku', 'x5u', 'x5c'])('cannot bring its own key by "%s"', async (member) => {
    const theirs = createPrivateKey('ES256');
    const { d: _private, ...jwk } = toJwk(theirs, { kid: 'theirs' });
    const url = 'https://attacker.example/keys';
    const value = { jwk, jku: url, x5u: url, x5c: ['MIIB'] }[member];
    const { header, payload } = decodeToken(access);
    for (const kid of ['theirs', made.keys.active.kid]) {
      const token = forgeToken(theirs, { ...header, kid, [member]: value }, payload);
      expect(await reasonOf(made, token)).toBe('TOKEN_INVALID');
    }
  });

  const json = (members = '') => `{"alg":"ES256"${members}}`;
  test.each<[name: string, header: string | Buffer]>([
    ['null', 'null'],
    ['an array', '[]'],
    ['an array with an "alg"', `[${json()}]`],
    ['a text', '"text"'],
    ['a number', '1'],
    ['no JSON', '{'],
    ['JSON that is cut off', '{"alg":"ES256"'],
    ['JSON with a comma too many', json(',')],
    ['two values', json() + json()],
    ['JSON after a byte order mark', `\ufeff${json()}`],
    ['UTF-16', Buffer.from(json(), 'utf16le')],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"alg":"ES256","x":"'), Buffer.from([0xff, 0x22, 0x7d])]),
    ],
    [
      'overlong UTF-8',
      Buffer.concat([Buffer.from('{"alg":"ES256","x":"'), Buffer.from([0xc0, 0xa2, 0x22, 0x7d])]),
    ],
  ])('as %s is TOKEN_MALFORMED, although our key signed it', async (_name, header) => {
    const token = forgeToken(made.privateKey, header, decodeToken(access).payload);
    expect(await reasonOf(made, token)).toBe('TOKEN_MALFORMED');
  });

  test('with a member twice counts by the last one (RFC 7515 section 4)', async () => {
    const { kid } = made.keys.active;
    const { payload } = decodeToken(access);
    const forgeText = (header: string) => forgeToken(made.privateKey, header, payload);
    const good = `"alg":"ES256","kid":"${kid}","typ":"at+jwt"`;
    expect(await reasonOf(made, forgeText(`{"kid":"other",${good}}`))).toBe('ACCEPTED');
    expect(await reasonOf(made, forgeText(`{${good},"kid":"other"}`))).toBe('TOKEN_INVALID');
    expect(await reasonOf(made, forgeText(`{${good},"alg":"none"}`))).toBe('TOKEN_INVALID');
  });

  test('has no members but its own', async () => {
    const { kid } = made.keys.active;
    const text = `{"__proto__":{"kid":"${kid}","typ":"at+jwt"},"alg":"ES256"}`;
    const token = forgeToken(made.privateKey, text, decodeToken(access).payload);
    expect(await reasonOf(made, token)).toBe('TOKEN_INVALID');
  });
});

describe('one token has one spelling:', () => {
  test('every other last character of every part is refused', async () => {
    const split = parts(access);
    for (const [index, part] of split.entries()) {
      for (const last of BASE64URL) {
        if (part.endsWith(last)) continue;
        const other = split.with(index, part.slice(0, -1) + last).join('.');
        expect(['TOKEN_MALFORMED', 'TOKEN_INVALID']).toContain(await reasonOf(made, other));
      }
    }
  });

  test('a last character that decodes to the same bytes is TOKEN_MALFORMED', async () => {
    const [header, payload, signature] = parts(access);
    const bytes = Buffer.from(signature, 'base64url');
    const spellings = [...BASE64URL].map((last) => signature.slice(0, -1) + last);
    const same = spellings.filter(
      (spelling) => spelling !== signature && Buffer.from(spelling, 'base64url').equals(bytes),
    );
    expect(same).toHaveLength(15);
    for (const spelling of same) {
      expect(await reasonOf(made, `${header}.${payload}.${spelling}`)).toBe('TOKEN_MALFORMED');
    }
  });

  test.each([
    ['padding', (token: string) => `${token}==`],
    ['a leading space', (token: string) => ` ${token}`],
    ['a trailing space', (token: string) => `${token} `],
    ['a trailing line feed', (token: string) => `${token}\n`],
    ['a line feed inside', (token: string) => `${token.slice(0, 9)}\n${token.slice(9)}`],
    ['a no-break space', (token: string) => `${token}\u00a0`],
    ['a fourth part', (token: string) => `${token}.AAAA`],
    ['an empty fourth part', (token: string) => `${token}.`],
    ['a leading dot', (token: string) => `.${token}`],
    ['two parts', (token: string) => token.slice(0, token.lastIndexOf('.'))],
    ['the scheme', (token: string) => `Bearer ${token}`],
    ['the alphabet of base64', (token: string) => token.replace(/\.[^.]+$/, `.${'+/'.repeat(43)}`)],
    ['a percent escape', (token: string) => token.replace('.', '%2E')],
    ['nothing at all', () => ''],
    ['only dots', () => '..'],
    ['JSON serialization', () => '{"protected":"","payload":"","signature":""}'],
    ['a text of 64 KiB and more', (token: string) => token + 'A'.repeat(65_536)],
  ])('%s is TOKEN_MALFORMED', async (_name, change) => {
    expect(await reasonOf(made, change(access))).toBe('TOKEN_MALFORMED');
  });
});
