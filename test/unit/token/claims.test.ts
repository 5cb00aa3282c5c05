import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  accessClaimsFrom,
  createAccessPayload,
  createRefreshPayload,
  refreshClaimsFrom,
} from '../../../src/token/claims.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { AUDIENCE, HOLDER, ISSUER } from '../../support/test-tokens.ts';

const parties = { issuer: ISSUER, audience: AUDIENCE };
const common = { ...HOLDER, tokenId: 'BBBBBBBBBBBBBBBBBBBBBB', issuedAt: 1000, expiresAt: 2800 };
const REGISTERED = ['client_id', 'iss', 'aud', 'sub', 'jti', 'iat', 'exp'];

const jsonObject = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

const customDataClaims = fc.record(
  {
    data: jsonObject,
    revision: fc.string(),
    readAt: fc.maxSafeNat(),
    omittedBytes: fc.maxSafeNat(),
  },
  { requiredKeys: ['readAt'], noNullPrototype: true },
);

test('an access payload is read back to the same claims for any document', () => {
  fc.assert(
    fc.property(customDataClaims, (customData) => {
      const payload = createAccessPayload({ ...common, customData }, parties);
      const received: unknown = JSON.parse(JSON.stringify(payload));
      expect(accessClaimsFrom(received)).toStrictEqual({ ...common, customData });
    }),
  );
});

test('a document cannot shadow a claim, whatever its field names', () => {
  const data = { exp: 9e9, iss: 'x', sub: 'x', sid: 'x', typ: 'refresh', user_data: {} };
  const payload = createAccessPayload({ ...common, customData: { data, readAt: 1 } }, parties);
  expect(payload).toMatchObject({ iss: ISSUER, sub: HOLDER.userId, exp: 2800, typ: 'access' });
  expect(payload.user_data).toBe(data);
});

describe('RFC 9068 section 2.2 requires', () => {
  const payload = createAccessPayload({ ...common, customData: { readAt: 1 } }, parties);
  test.each([
    ['iss', ISSUER],
    ['exp', 2800],
    ['aud', AUDIENCE],
    ['sub', HOLDER.userId],
    ['client_id', AUDIENCE],
    ['iat', 1000],
    ['jti', common.tokenId],
  ])('"%s"', (name, value) => {
    expect(payload[name]).toBe(value);
  });
});

test('registered claims come last', () => {
  const customData = { data: {}, revision: 'r', readAt: 1, omittedBytes: 2 };
  const names = Object.keys(createAccessPayload({ ...common, customData }, parties));
  expect(names).toEqual([
    'user_data',
    'user_data_rev',
    'user_data_at',
    'user_data_bytes',
    'typ',
    'sid',
    ...REGISTERED,
  ]);
});

test('without a document "user_data" and "user_data_rev" are omitted, not null', () => {
  const payload = createAccessPayload({ ...common, customData: { readAt: 1 } }, parties);
  expect(Object.keys(payload)).toEqual(['user_data_at', 'typ', 'sid', ...REGISTERED]);
});

test('only listed members of the claims reach the payload', () => {
  const extra = { ...common, role: 'admin', customData: { readAt: 1, secret: 'x' } };
  const payload = createAccessPayload(extra, parties);
  expect(Object.keys(payload)).toEqual(['user_data_at', 'typ', 'sid', ...REGISTERED]);
});

test('a refresh payload carries no custom data and is read back', () => {
  const payload = createRefreshPayload(common, parties);
  expect(Object.keys(payload)).toEqual(['typ', 'sid', ...REGISTERED]);
  expect(refreshClaimsFrom(payload)).toEqual(common);
  expect(accessClaimsFrom(payload)).toBeNull();
});

test('anything that is no object is no payload', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.jsonValue())),
      (value) => {
        expect(accessClaimsFrom(value)).toBeNull();
        expect(refreshClaimsFrom(value)).toBeNull();
      },
    ),
  );
});
