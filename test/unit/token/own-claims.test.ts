/** How own claims stand in an access token. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAccessPayload, type OwnValue } from '../../../src/token/claims.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import {
  AUDIENCE,
  createTestTokens,
  decodeToken,
  HOLDER,
  ISSUER,
  START,
} from '../../support/test-tokens.ts';

const parties = { issuer: ISSUER, audience: AUDIENCE };
const CLAIMS = { ...HOLDER, tokenId: 'BBBBBBBBBBBBBBBBBBBBBB', issuedAt: 1000, expiresAt: 2800 };
const customData = { readAt: START };

/** Claims of the values, and of the others. */
const makeOwnClaims = (values: readonly OwnValue[], { exp, jti, sub }: JsonObject): JsonObject => ({
  ...Object.fromEntries(values.map((value, index) => [`c${index}`, value ?? 'default'])),
  of: { exp, jti, sub } as JsonObject,
});

test('own claims come first, so that whatever they are called ours win', () => {
  const shadows = { sub: 'x', exp: 9e9, sid: 'x', typ: 'refresh', user_data_at: 9, role: 'admin' };
  const claims = { ...CLAIMS, customData };
  const payload = createAccessPayload(claims, parties, () => shadows);
  expect(payload).toStrictEqual({ role: 'admin', ...createAccessPayload(claims, parties) });
});

test('without a document own claims are made of nothing, and left out if that is said', async () => {
  const { tokens } = await createTestTokens({ makeOwnClaims });
  const payloadOf = async (ownValues?: readonly OwnValue[] | null) => {
    const shown = ownValues === undefined ? {} : { ownValues };
    const input = { ...HOLDER, customData: { ...customData, ...shown } };
    return decodeToken((await tokens.issueAccess(input)).token).payload;
  };
  const of = { exp: START / 1000 + 1800, jti: expect.any(String), sub: HOLDER.userId };
  expect(await payloadOf()).toMatchObject({ of });
  expect(await payloadOf(['a', undefined])).toMatchObject({ of, c0: 'a', c1: 'default' });
  expect(await payloadOf(null)).not.toHaveProperty('of');
});

test('a refresh token has none', async () => {
  const { tokens } = await createTestTokens({ makeOwnClaims });
  const { token } = await tokens.issueRefresh(HOLDER);
  expect(decodeToken(token).payload).not.toHaveProperty('of');
});

test('the size that is measured counts them', async () => {
  const { tokens } = await createTestTokens({ makeOwnClaims });
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (values) => {
      const ownValues = values as readonly OwnValue[];
      const input = { ...HOLDER, customData: { ...customData, ownValues } };
      const { token } = await tokens.issueAccess(input);
      expect(tokens.accessHeaderSize(input)).toBe(Buffer.byteLength(`Bearer ${token}`));
    }),
  );
});
