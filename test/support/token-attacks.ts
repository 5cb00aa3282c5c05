/** What is done to a token: the list of RFC 8725, and more. Nothing of it may be accepted anywhere. */
import { createPublicKey, sign } from 'node:crypto';
import { decodeToken, encodePart, forgeToken } from './test-tokens.ts';
import { CLAIMS, SPELLINGS } from './token-claim-attacks.ts';
import {
  type Attack,
  type AttackedToken,
  byThem,
  ONE,
  ORDER,
  partsOf,
  pemOf,
  theirJwk,
  withHeader,
  withMac,
  withSignature,
  ZERO,
} from './token-forging.ts';

const ALGORITHMS: readonly Attack[] = [
  ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg): Attack[] => {
    const header = ({ token }: AttackedToken) => encodePart({ ...decodeToken(token).header, alg });
    return [
      [
        `"alg" "${alg}" without a signature`,
        (one) => `${header(one)}.${partsOf(one.token)[1]}.`,
        'TOKEN_MALFORMED',
      ],
      [
        `"alg" "${alg}" with the signature of before`,
        (one) => [header(one), ...partsOf(one.token).slice(1)].join('.'),
        alg === '' ? 'TOKEN_MALFORMED' : 'TOKEN_INVALID',
      ],
    ];
  }),
  ...['HS256', 'HS384', 'HS512'].flatMap((alg): Attack[] => [
    [`${alg} with our public key in PEM`, withMac(alg, pemOf), 'TOKEN_INVALID'],
    [
      `${alg} with our public key as JWK`,
      withMac(alg, (key) => JSON.stringify(createPublicKey(key).export({ format: 'jwk' }))),
      'TOKEN_INVALID',
    ],
    [`${alg} with an empty secret`, withMac(alg, () => ''), 'TOKEN_INVALID'],
  ]),
  ...[
    'ES384',
    'ES512',
    'ES256K',
    'EdDSA',
    'RS256',
    'PS256',
    'es256',
    'ES256 ',
    'dir',
    'PBES2-HS256+A128KW',
  ].map(
    (alg): Attack => [`"alg" "${alg}" over our signature`, withHeader({ alg }), 'TOKEN_INVALID'],
  ),
  ...(
    [
      ['absent', undefined],
      ['null', null],
      ['a number', 256],
      ['a list', ['ES256']],
      ['an object', {}],
    ] as const
  ).map(([what, alg]): Attack => [`"alg" that is ${what}`, withHeader({ alg }), 'TOKEN_MALFORMED']),
];

const SIGNATURES: readonly Attack[] = [
  ['no signature', ({ token }) => `${partsOf(token).slice(0, 2).join('.')}.`, 'TOKEN_MALFORMED'],
  ['a signature of zeros (CVE-2022-21449)', withSignature(() => Buffer.alloc(64)), 'TOKEN_INVALID'],
  [
    'r that is the order, and s that is 1',
    withSignature(() => Buffer.concat([ORDER, ONE])),
    'TOKEN_INVALID',
  ],
  [
    'r that is 1, and s that is 0',
    withSignature(() => Buffer.concat([ONE, ZERO])),
    'TOKEN_INVALID',
  ],
  [
    'a signature in DER',
    ({ key, token }) =>
      withSignature((input) => sign('sha256', Buffer.from(input), key))({ key, token }),
    'TOKEN_INVALID',
  ],
  ['a byte too few', withSignature((_input, good) => good.subarray(1)), 'TOKEN_INVALID'],
  [
    'a byte too many',
    withSignature((_input, good) => Buffer.concat([good, Buffer.from([0])])),
    'TOKEN_INVALID',
  ],
  [
    'the signature twice',
    withSignature((_input, good) => Buffer.concat([good, good])),
    'TOKEN_INVALID',
  ],
  [
    "r and s in each other's place",
    withSignature((_input, good) => Buffer.concat([good.subarray(32), good.subarray(0, 32)])),
    'TOKEN_INVALID',
  ],
  [
    'a bit that is another',
    withSignature((_input, good) =>
      Buffer.from(good.map((byte, at) => (at === 40 ? byte ^ 1 : byte))),
    ),
    'TOKEN_INVALID',
  ],
  ['a key of theirs under our "kid"', byThem({}), 'TOKEN_INVALID'],
  [
    'another user in the payload',
    ({ token }) => {
      const [header, , signature] = partsOf(token);
      const payload = { ...decodeToken(token).payload, sub: '000000000000000000000000' };
      return `${header}.${encodePart(payload)}.${signature}`;
    },
    'TOKEN_INVALID',
  ],
];

const HEADERS: readonly Attack[] = [
  ...(['jwk', 'jku', 'x5u', 'x5c'] as const).flatMap((member): Attack[] => {
    const url = 'http://127.0.0.1:9/keys';
    const value = { jwk: theirJwk, jku: url, x5u: url, x5c: ['MIIB'] }[member];
    return [
      [
        `a key of theirs by "${member}"`,
        byThem({ kid: 'theirs', [member]: value }),
        'TOKEN_INVALID',
      ],
      [`the same under our "kid"`, byThem({ [member]: value }), 'TOKEN_INVALID'],
    ];
  }),
  ...(
    [
      ['unknown', 'unknown'],
      ['absent', undefined],
      ['null', null],
      ['empty', ''],
      ['a list', []],
      ['a number', 0],
      ['an object', { toString: 'x' }],
      ['a path', '../../../../../../dev/null'],
      ['SQL', "x' UNION SELECT 'secret'--"],
      ['an operator', { $ne: null }],
      ['a URL', 'http://127.0.0.1:9/key'],
      ['a command', '$(id)|id'],
      ['"__proto__"', '__proto__'],
      ['"constructor"', 'constructor'],
      ['as long as 10,000 characters', 'k'.repeat(10_000)],
    ] as const
  ).map(([what, kid]): Attack => [`"kid" that is ${what}`, withHeader({ kid }), 'TOKEN_INVALID']),
  [
    'an empty secret by a path as "kid"',
    withMac('HS256', () => '', { kid: '/dev/null' }),
    'TOKEN_INVALID',
  ],
  [
    '"kid" in another case',
    ({ key, token }) => {
      const { kid } = decodeToken(token).header as { readonly kid: string };
      return withHeader({ kid: kid.toUpperCase() })({ key, token });
    },
    'TOKEN_INVALID',
  ],
  ...(
    [
      ['absent', undefined],
      ['"JWT"', 'JWT'],
      ['in another case', 'AT+JWT'],
      ['a list', ['at+jwt']],
      ['with "application/"', 'application/at+jwt'],
      ['that of an ID token', 'id+jwt'],
    ] as const
  ).map(([what, typ]): Attack => [`"typ" that is ${what}`, withHeader({ typ }), 'TOKEN_INVALID']),
  ['"crit" with a claim', withHeader({ crit: ['exp'], exp: 1 }), 'TOKEN_INVALID'],
  ['an empty "crit"', withHeader({ crit: [] }), 'TOKEN_INVALID'],
  ['"b64" false, critical', withHeader({ crit: ['b64'], b64: false }), 'TOKEN_INVALID'],
  ['"b64" false', withHeader({ b64: false }), 'TOKEN_INVALID'],
  [
    'a header with "alg" twice',
    ({ token }) => {
      const text = JSON.stringify(decodeToken(token).header).replace('{', '{"alg":"none",');
      return [encodePart(text), ...partsOf(token).slice(1)].join('.');
    },
    'TOKEN_INVALID',
  ],
  [
    'a header that is no object',
    ({ key, token }) => forgeToken(key, '[]', decodeToken(token).payload),
    'TOKEN_MALFORMED',
  ],
  [
    'a header in UTF-16',
    ({ key, token }) =>
      forgeToken(key, Buffer.from('{"alg":"ES256"}', 'utf16le'), decodeToken(token).payload),
    'TOKEN_MALFORMED',
  ],
  [
    'a header that is nested 20,000 deep',
    ({ key, token }) =>
      forgeToken(
        key,
        `{"alg":"ES256","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
        decodeToken(token).payload,
      ),
    'TOKEN_INVALID',
  ],
];

/** Every attack, of whichever kind the token is. */
export const ATTACKS: readonly Attack[] = [
  ...ALGORITHMS,
  ...SIGNATURES,
  ...HEADERS,
  ...CLAIMS,
  ...SPELLINGS,
];
