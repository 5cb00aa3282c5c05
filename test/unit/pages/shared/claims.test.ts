import { describe, expect, test } from '@jest/globals';
import {
  announceRest,
  decodeClaims,
  describeRest,
  findReissued,
  headerBytes,
  instantOf,
  largestFields,
  meaningOf,
} from '../../../../src/pages/shared/claims.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims: unknown) => `${encode({ alg: 'ES256' })}.${encode(claims)}.c2ln`;
const MINUTE = 60_000;

describe('the claims of a token', () => {
  test('are read, whatever characters are in them', () => {
    const claims = { sub: 'a', user_data: { name: 'Zoë 日本 🙂', odd: '>>>???' } };
    expect(decodeClaims(tokenOf(claims))).toEqual(claims);
  });

  test.each(['', 'a', 'a.b.c', 'a.!.c', tokenOf([1]), tokenOf(null), tokenOf('text')])(
    'are none in %j',
    (text) => expect(decodeClaims(text)).toBeNull(),
  );

  test('have a meaning each; those of the operator have theirs', () => {
    expect(meaningOf('sub')).toBe('Whose it is: the user id');
    expect(meaningOf('https://hasura.io/jwt/claims')).toBe('A claim of the operator’s own');
    expect(meaningOf('constructor')).toBe('A claim of the operator’s own');
  });

  test('are instants in seconds (RFC 7519 section 2), but for our own in milliseconds', () => {
    expect(instantOf('exp', 7)).toBe(7000);
    expect(instantOf('user_data_at', 7)).toBe(7);
    expect(instantOf('sub', 7)).toBeNull();
    expect(instantOf('exp', '7')).toBeNull();
  });
});

test('the size is that of the whole header value', () => {
  expect(headerBytes('abc')).toBe('Bearer abc'.length);
});

test('the five fields that take most come first, in bytes of the token', () => {
  const document = { a: 'x'.repeat(300), b: 'é'.repeat(300), c: 1, d: 1, e: 1, f: 1 };
  const fields = largestFields(document);
  expect(fields.map(({ name }) => name).slice(0, 2)).toEqual(['b', 'a']);
  expect(fields).toHaveLength(5);
  // `"b":"…",` has 607 bytes, of which base64url makes a third more.
  expect(fields[0]?.bytes).toBe(Math.ceil((607 * 4) / 3));
  expect(largestFields(null)).toEqual([]);
});

test.each([
  [30 * MINUTE, '30 min 0 s'],
  [61_999, '1 min 1 s'],
  [59_000, '59 s'],
  [-5, '0 s'],
])('%d ms are left as %j', (rest, text) => {
  expect(describeRest(rest)).toBe(text);
});

test.each([
  [6 * MINUTE, ''],
  [5 * MINUTE, 'The token expires in 5 minutes'],
  [2 * MINUTE, 'The token expires in 5 minutes'],
  [MINUTE, 'The token expires in a minute'],
  [0, 'The token has expired'],
])('a screen reader is told three times only: at %d ms %j', (rest, text) => {
  expect(announceRest(rest)).toBe(text);
});

describe('a token that was reissued', () => {
  const access = (sid: string, at: number) => tokenOf({ typ: 'access', sid, user_data_at: at });
  const mine = access('mine', 1);

  test('is found in the payload of any field, whatever its name there', () => {
    const next = access('mine', 2);
    expect(findReissued({ write: { t: next, user: { id: 'a' } } }, mine)).toBe(next);
  });

  test('is the newest of several', () => {
    const [second, third] = [access('mine', 2), access('mine', 3)];
    const answer = { a: { accessToken: third }, b: { accessToken: second } };
    expect(findReissued(answer, mine)).toBe(third);
  });

  test.each([
    ['of another session', { a: { accessToken: access('other', 2) } }],
    ['that was sent', { a: { accessToken: mine } }],
    ['for refreshing', { a: { t: tokenOf({ typ: 'refresh', sid: 'mine', user_data_at: 2 }) } }],
    ['in a document', { a: { user: { customData: { token: access('mine', 2) } } } }],
    ['that is none', { a: { accessToken: 'x.y.z' }, b: null, c: 7 }],
    ['of no answer', null],
  ])('is none %s', (_which, answer) => {
    expect(findReissued(answer, mine)).toBeNull();
  });
});
