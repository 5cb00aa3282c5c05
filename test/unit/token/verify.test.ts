import { beforeAll, describe, expect, test } from '@jest/globals';
import { verifyAccess, verifyAccessAtOnce } from '../../../src/token/verify.ts';
import {
  AUDIENCE,
  createTestTokens,
  decodeToken,
  forgeLike,
  forgeToken,
  HOLDER,
  ISSUER,
  reasonOf,
  START,
  type TestTokens,
} from '../../support/test-tokens.ts';

const customData = { data: { color: 'red' }, revision: 'r1', readAt: START };

let made: TestTokens;
let access: string;
let refresh: string;

beforeAll(async () => {
  made = await createTestTokens();
  access = (await made.tokens.issueAccess({ ...HOLDER, customData })).token;
  refresh = (await made.tokens.issueRefresh(HOLDER)).token;
});

function parts(token: string): [header: string, payload: string, signature: string] {
  return token.split('.') as [string, string, string];
}

/** A token signed with our key whose header or payload differs from a good one. */
function forge(header: object, payload: object = {}): string {
  return forgeLike(made, access, { header, payload });
}

describe('a token of ours', () => {
  test('is verified to the claims it was issued with', async () => {
    const issued = await made.tokens.issueAccess({ ...HOLDER, customData });
    expect(await made.tokens.verifyAccess(issued.token)).toEqual(issued.claims);
    const issuedRefresh = await made.tokens.issueRefresh(HOLDER);
    expect(await made.tokens.verifyRefresh(issuedRefresh.token)).toEqual(issuedRefresh.claims);
  });

  test.each(['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const)(
    'is verified with %s',
    async (alg) => {
      const { tokens } = await createTestTokens({ alg });
      const issued = await tokens.issueAccess({ ...HOLDER, customData });
      expect(await tokens.verifyAccess(issued.token)).toEqual(issued.claims);
    },
  );

  test('is verified whatever the order of its header', async () => {
    const { alg, kid, typ } = decodeToken(access).header as Record<string, string>;
    const token = forgeToken(made.privateKey, { typ, kid, alg }, decodeToken(access).payload);
    expect(await reasonOf(made, token)).toBe('ACCEPTED');
  });

  test('of the version before, without "client_id", is accepted', async () => {
    expect(await reasonOf(made, forge({}, { client_id: undefined }))).toBe('ACCEPTED');
  });

  test('is accepted from the time of its "nbf" on (RFC 7519 section 4.1.5)', async () => {
    expect(await reasonOf(made, forge({}, { nbf: START / 1000 }))).toBe('ACCEPTED');
    const nbf = START / 1000 + 60;
    const token = forge({}, { nbf });
    made.clock.now = nbf * 1000 - 1;
    expect(await reasonOf(made, token)).toBe('TOKEN_INVALID');
    made.clock.now = nbf * 1000;
    expect(await reasonOf(made, token)).toBe('ACCEPTED');
    made.clock.now = START;
  });

  test('issued by a node whose clock is ahead is accepted', async () => {
    const iat = START / 1000 + 20;
    expect(await reasonOf(made, forge({}, { iat, exp: iat + 1800 }))).toBe('ACCEPTED');
  });

  test('issued more than five minutes from now is TOKEN_EXPIRED: the clock was set back', async () => {
    const iat = START / 1000 + 300;
    const token = forge({}, { iat, exp: iat + 1800 });
    // Twice: it is remembered.
    expect([await reasonOf(made, token), await reasonOf(made, token)]).toEqual([
      'ACCEPTED',
      'ACCEPTED',
    ]);
    made.clock.now = START - 1;
    expect(await reasonOf(made, token)).toBe('TOKEN_EXPIRED');
    const unseen = forge({}, { iat, exp: iat + 1801 });
    expect(await reasonOf(made, unseen)).toBe('TOKEN_EXPIRED');
    made.clock.now = START;
  });
});

describe('an expired token', () => {
  test('is TOKEN_EXPIRED from the second of "exp" on, and not before', async () => {
    const exp = START / 1000 + 10;
    const token = forge({}, { exp });
    made.clock.now = exp * 1000 - 1;
    expect(await reasonOf(made, token)).toBe('ACCEPTED');
    made.clock.now = exp * 1000;
    expect(await reasonOf(made, token)).toBe('TOKEN_EXPIRED');
    made.clock.now = START;
  });

  test.each([
    ['header typ', { typ: 'rt+jwt' }, {}],
    ['issuer', {}, { iss: 'https://other.example' }],
    ['audience', {}, { aud: 'other' }],
    ['shape', {}, { sub: 'nobody' }],
  ])('with another %s as well is TOKEN_INVALID', async (_name, header, payload) => {
    expect(await reasonOf(made, forge(header, { ...payload, exp: 1 }))).toBe('TOKEN_INVALID');
  });

  test('with another signature as well is TOKEN_INVALID', async () => {
    const [header, payload] = parts(forge({}, { exp: 1 }));
    expect(await reasonOf(made, `${header}.${payload}.${parts(access)[2]}`)).toBe('TOKEN_INVALID');
  });
});

describe('the claims, signed by our own key,', () => {
  test.each([
    ['no issuer', { iss: undefined }],
    ['another issuer', { iss: `${ISSUER}/` }],
    ['an issuer list', { iss: [ISSUER] }],
    ['no audience', { aud: undefined }],
    ['an audience list', { aud: [AUDIENCE, 'other'] }],
    ['another client_id', { client_id: 'other' }],
    ['a client_id list', { client_id: [AUDIENCE] }],
    ['null as client_id', { client_id: null }],
    ['an nbf that is to come', { nbf: START / 1000 + 1 }],
    ['an nbf of a part of a second to come', { nbf: START / 1000 + 0.001 }],
    ['null as nbf', { nbf: null }],
    ['a text as nbf', { nbf: '0' }],
    ['an object as nbf', { nbf: {} }],
    ['the refresh typ', { typ: 'refresh' }],
    ['no typ', { typ: undefined }],
    ['a short sub', { sub: 'abc' }],
    ['a sub in upper case', { sub: HOLDER.userId.toUpperCase() }],
    ['a sub with a line feed', { sub: `${HOLDER.userId}\n` }],
    ['a sub with something before it', { sub: `x${HOLDER.userId}` }],
    ['an object as sub', { sub: { $ne: null } }],
    ['no sid', { sid: undefined }],
    ['an object as sid', { sid: { $gt: '' } }],
    ['a sid with a space before it', { sid: ` ${HOLDER.sessionId}` }],
    ['a sid with a line feed after it', { sid: `${HOLDER.sessionId}\n` }],
    ['a sid of 65 characters', { sid: 'a'.repeat(65) }],
    ['a number as jti', { jti: 1 }],
    ['no exp', { exp: undefined }],
    ['a text as exp', { exp: '9999999999' }],
    ['a fraction as exp', { exp: 9999999999.5 }],
    ['a negative exp', { exp: -1 }],
    ['no iat', { iat: undefined }],
    ['null as user_data', { user_data: null }],
    ['an array as user_data', { user_data: [] }],
    ['a text as user_data', { user_data: '{}' }],
    ['a number as user_data_rev', { user_data_rev: 1 }],
    ['no user_data_at', { user_data_at: undefined }],
    ['a fraction as user_data_at', { user_data_at: 1.5 }],
    ['a text as user_data_bytes', { user_data_bytes: '1' }],
  ])('with %s are TOKEN_INVALID', async (_name, payload) => {
    expect(await reasonOf(made, forge({}, payload))).toBe('TOKEN_INVALID');
  });

  test.each([
    ['not JSON', 'text'],
    ['null', 'null'],
    ['an array', '[]'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('as %s are TOKEN_INVALID', async (_name, payload) => {
    const token = forgeToken(made.privateKey, decodeToken(access).header, payload);
    expect(await reasonOf(made, token)).toBe('TOKEN_INVALID');
  });

  test('named twice count by the last one (RFC 7519 section 4)', async () => {
    const { header, payload } = decodeToken(access);
    const twice = JSON.stringify(payload).replace(/}$/, ',"sub":"nobody"}');
    expect(await reasonOf(made, forgeToken(made.privateKey, header, twice))).toBe('TOKEN_INVALID');
  });
});

describe('access and refresh', () => {
  test('are never taken for one another', async () => {
    expect(await reasonOf(made, refresh)).toBe('TOKEN_INVALID');
    await expect(made.tokens.verifyRefresh(access)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'TOKEN_INVALID' },
    });
  });

  test('differ in header and payload, and both are checked', async () => {
    const { header, payload } = decodeToken(refresh);
    expect(header).toMatchObject({ typ: 'rt+jwt' });
    expect(decodeToken(access).header).toMatchObject({ typ: 'at+jwt' });
    expect(await reasonOf(made, forge({}, { ...payload, user_data_at: 1 }))).toBe('TOKEN_INVALID');
    const relabelled = { ...payload, typ: 'access', user_data_at: 1 };
    expect(await reasonOf(made, forge({ typ: 'rt+jwt' }, relabelled))).toBe('TOKEN_INVALID');
    expect(await reasonOf(made, forge({}, relabelled))).toBe('ACCEPTED');
  });
});

test('a fault of ours is not a refusal', async () => {
  const fault = new Error('The issuer is not known yet');
  const policy = {
    keys: made.keys,
    parties: { accept: () => Promise.reject(fault), isKnown: () => false },
    now: () => START,
  };
  await expect(verifyAccess(policy, access)).rejects.toBe(fault);
});

describe('without waiting', () => {
  const policyOf = ({ isKnown = true, hasKey = true }) => ({
    keys: {
      verification: hasKey ? made.keys.verification : new Map(),
      lookFor: () => Promise.reject(new Error('The store was asked')),
    },
    parties: {
      accept: () => Promise.reject(new Error('The store was asked')),
      isKnown: () => isKnown,
    },
    now: () => START,
  });

  test('a token is verified to the same claims', async () => {
    const expected = await made.tokens.verifyAccess(access);
    expect(verifyAccessAtOnce(policyOf({}), access)).toEqual(expected);
  });

  test.each([{ hasKey: false }, { isKnown: false }])(
    'nothing is said of a token of which this process does not know enough: %p',
    (missing) => {
      expect(verifyAccessAtOnce(policyOf(missing), access)).toBeUndefined();
    },
  );

  test('a token that is not valid is refused', () => {
    const forged = forge({}, { sub: 'nobody' });
    expect(() => verifyAccessAtOnce(policyOf({}), forged)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', details: { reason: 'TOKEN_INVALID' } }),
    );
  });
});

test.each([
  ['the "kid" is unknown', { kid: 'other' }, {}],
  ['the "alg" is not that of the key', { alg: 'ES384' }, {}],
  ['the header "typ" is another', { typ: 'JWT' }, {}],
  ['the header has "crit"', { crit: ['b64'], b64: true }, {}],
  ['the header has "b64"', { b64: true }, {}],
  ['the "nbf" is to come', {}, { nbf: START }],
  ['a claim is absent, malformed or not ours', {}, { sub: 'nobody' }],
])('the log is told that %s', async (why, header, payload) => {
  const refused = made.tokens.verifyAccess(forge(header, payload));
  await expect(refused).rejects.toMatchObject({
    details: { reason: 'TOKEN_INVALID' },
    cause: { message: `Token refused: ${why}` },
  });
});

test('a token of 64 KiB is looked at, a longer one is not', async () => {
  const tokenOf = (length: number) => forge({}, { padding: 'x'.repeat(length) });
  const shortest = tokenOf(0).length;
  const padding = Math.floor(((65_536 - shortest) * 3) / 4);
  const longest = [-2, -1, 0, 1, 2]
    .map((more) => tokenOf(padding + more))
    .filter((token) => token.length <= 65_536)
    .at(-1);
  expect(longest).toHaveLength(65_536);
  expect(await reasonOf(made, String(longest))).toBe('ACCEPTED');
  expect(await reasonOf(made, tokenOf(padding + 4))).toBe('TOKEN_MALFORMED');
});

test('no refusal shows anything of the token, not even to the log', async () => {
  const secret = 'very-secret-user-data';
  const bad = [forge({ kid: secret }), forge({}, { sub: secret }), forge({ alg: secret }), secret];
  for (const token of bad) {
    const error: unknown = await made.tokens.verifyAccess(token).catch((thrown) => thrown);
    const { message, cause, stack } = error as Error;
    const shown = [message, stack, String(cause), JSON.stringify(cause)].join('\n');
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(token);
  }
});
