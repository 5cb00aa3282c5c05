/** What is done to the claims of a token, and to its text. */
import { decodeToken, forgeToken } from './test-tokens.ts';
import { type Attack, partsOf, withClaims, withClaimText } from './token-forging.ts';

const WRONG_TIMES = [
  ['absent', 'undefined', undefined],
  ['null', 'null', null],
  ['true', 'true', true],
  ['a list', '[]', []],
  ['an object', '{}', {}],
  ['a text', '"4102444800"', '4102444800'],
  ['a date', '"2100-01-01"', '2100-01-01'],
  ['negative', '-1', -1],
  ['with a fraction', '4102444800.5', 4102444800.5],
  ['beyond safe integers', '9007199254740993', 2 ** 53],
] as const;

/** Claims that are wrong, under a signature that is right. */
export const CLAIMS: readonly Attack[] = [
  ...WRONG_TIMES.map(
    ([what, , exp]): Attack => [`"exp" that is ${what}`, withClaims({ exp }), 'TOKEN_INVALID'],
  ),
  ...WRONG_TIMES.map(
    ([what, , iat]): Attack => [`"iat" that is ${what}`, withClaims({ iat }), 'TOKEN_INVALID'],
  ),
  ...WRONG_TIMES.filter(
    ([what]) => !['absent', 'negative', 'with a fraction', 'beyond safe integers'].includes(what),
  ).map(([what, , nbf]): Attack => [`"nbf" that is ${what}`, withClaims({ nbf }), 'TOKEN_INVALID']),
  ['"exp" that is infinite', withClaimText('exp', '1e400'), 'TOKEN_INVALID'],
  ['"exp" that is past', withClaims({ exp: 1_000_000_000 }), 'TOKEN_EXPIRED'],
  ['"exp" that is 0', withClaims({ exp: 0 }), 'TOKEN_EXPIRED'],
  ['"nbf" that is to come', withClaims({ nbf: 9_000_000_000 }), 'TOKEN_INVALID'],
  [
    '"exp" twice, the last one past',
    ({ key, token }) => {
      const { header, payload } = decodeToken(token);
      return forgeToken(key, header, JSON.stringify(payload).replace(/\}$/, ',"exp":1}'));
    },
    'TOKEN_EXPIRED',
  ],
  ...['iss', 'aud'].flatMap((claim): Attack[] =>
    (
      [
        ['absent', undefined],
        ['null', null],
        ['a number', 1],
        ['an object', { $ne: null }],
        ['empty', ''],
        ['that of others', 'https://issuer.example'],
        ['a list', ['myapp-abcde']],
        ['"__proto__"', '__proto__'],
      ] as const
    ).map(([what, value]) => [
      `"${claim}" that is ${what}`,
      withClaims({ [claim]: value, client_id: undefined }),
      'TOKEN_INVALID',
    ]),
  ),
  [
    '"iss" with a slash too many',
    ({ key, token }) => withClaims({ iss: `${decodeToken(token).payload.iss}/` })({ key, token }),
    'TOKEN_INVALID',
  ],
  ['"client_id" of another client', withClaims({ client_id: 'other' }), 'TOKEN_INVALID'],
  ...['sub', 'sid', 'jti'].flatMap((claim): Attack[] =>
    (
      [
        ['absent', undefined],
        ['null', null],
        ['a number', 1],
        ['an operator', { $ne: null }],
        ['empty', ''],
        ['a path', '../a'],
      ] as const
    ).map(([what, value]) => [
      `"${claim}" that is ${what}`,
      withClaims({ [claim]: value }),
      'TOKEN_INVALID',
    ]),
  ),
  ...(
    [
      ['absent', undefined],
      ['"id"', 'id'],
      ['"ACCESS"', 'ACCESS'],
      ['a list', ['access', 'refresh']],
    ] as const
  ).map(
    ([what, typ]): Attack => [
      `the claim "typ" that is ${what}`,
      withClaims({ typ }),
      'TOKEN_INVALID',
    ],
  ),
  ...(['null', '[]', '"text"', '1', '{', '\ufeff{}'] as const).map(
    (text): Attack => [
      `a payload that is ${JSON.stringify(text)}`,
      ({ key, token }) => forgeToken(key, decodeToken(token).header, text),
      'TOKEN_INVALID',
    ],
  ),
  [
    'a payload in broken UTF-8',
    ({ key, token }) => forgeToken(key, decodeToken(token).header, Buffer.from([0x7b, 0xff, 0x7d])),
    'TOKEN_INVALID',
  ],
  [
    'a token in a token',
    ({ key, token }) => forgeToken(key, { ...decodeToken(token).header, cty: 'JWT' }, token),
    'TOKEN_INVALID',
  ],
];

/** Texts that are no token in its one spelling. */
export const SPELLINGS: readonly Attack[] = [
  ['padding', ({ token }) => `${token}==`, 'TOKEN_MALFORMED'],
  [
    'the alphabet of base64',
    ({ token }) => token.replace(/\.[^.]+$/, `.${'+/'.repeat(43)}`),
    'TOKEN_MALFORMED',
  ],
  [
    'unused bits that are set',
    ({ token }) => {
      const bytes = Buffer.from(partsOf(token)[2], 'base64url');
      const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const spellings = [...last].map((character) => token.slice(0, -1) + character);
      const isSame = (text: string) => Buffer.from(partsOf(text)[2], 'base64url').equals(bytes);
      return spellings.find((text) => text !== token && isSame(text)) ?? '';
    },
    'TOKEN_MALFORMED',
  ],
  ['a percent escape', ({ token }) => token.replace('.', '%2E'), 'TOKEN_MALFORMED'],
  ['a fourth part', ({ token }) => `${token}.AAAA`, 'TOKEN_MALFORMED'],
  ['an empty fourth part', ({ token }) => `${token}.`, 'TOKEN_MALFORMED'],
  ['five parts, as of JWE', ({ token }) => `${token}.AAAA.AAAA`, 'TOKEN_MALFORMED'],
  ['two parts', ({ token }) => token.slice(0, token.lastIndexOf('.')), 'TOKEN_MALFORMED'],
  ['a leading dot', ({ token }) => `.${token}`, 'TOKEN_MALFORMED'],
  ['only dots', () => '..', 'TOKEN_MALFORMED'],
  ['JSON serialization', () => '{"protected":"","payload":"","signature":""}', 'TOKEN_MALFORMED'],
  ['a word', () => 'token', 'TOKEN_MALFORMED'],
  ['itself twice with a comma', ({ token }) => `${token},${token}`, 'TOKEN_MALFORMED'],
  ['60,000 characters', ({ token }) => token + 'AAAA'.repeat(15_000), 'TOKEN_INVALID'],
];
