import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AccessClaims } from '../../../src/token/claims.ts';
import type { VerificationKey } from '../../../src/token/keys.ts';
import { createVerifiedTokens } from '../../../src/token/verified-tokens.ts';
import { createTestTokens, HOLDER, reasonOf, START } from '../../support/test-tokens.ts';

const claims = { userId: 'someone' } as AccessClaims;
const token = `${'h'.repeat(40)}.${'p'.repeat(400)}.${'s'.repeat(86)}`;
const createKey = (): VerificationKey => ({
  alg: 'ES256',
  publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
});

describe('a verified token', () => {
  let keys: Map<string, VerificationKey>;
  let key: VerificationKey;
  beforeEach(() => {
    key = createKey();
    keys = new Map([['first', key]]);
  });
  const create = (bytes = 100_000) => createVerifiedTokens({ bytes, keys: { verification: keys } });

  test('is known by the whole of it', () => {
    const tokens = create();
    tokens.keep({ token, kid: 'first', key, claims });
    expect(tokens.find(token)).toBe(claims);
    expect(tokens.find(`x${token.slice(1)}`)).toBeUndefined();
    expect(tokens.find(`${token.slice(0, -1)}x`)).toBeUndefined();
    expect(tokens.find(token.slice(-40))).toBeUndefined();
  });

  test('is not known any more once its key is out of force, or another has its name', () => {
    const tokens = create();
    tokens.keep({ token, kid: 'first', key, claims });
    keys.set('first', createKey());
    expect(tokens.find(token)).toBeUndefined();
    keys.delete('first');
    expect(tokens.find(token)).toBeUndefined();
    keys.set('first', key);
    expect(tokens.find(token)).toBe(claims);
  });

  test('gives way to later ones when there is no room', () => {
    const tokens = create(100_000);
    const made = Array.from({ length: 1000 }, (_, index) => `${token}${index}`.slice(-500));
    for (const one of made) tokens.keep({ token: one, kid: 'first', key, claims });
    const isKnown = made.map((one) => tokens.find(one) !== undefined);
    expect(isKnown.at(-1)).toBe(true);
    expect(isKnown[0]).toBe(false);
    // A token is at least as large as its text, of a byte a character.
    expect(isKnown.filter(Boolean).length).toBeLessThan(100_000 / 500);
  });

  test('is not remembered where there is to be no memory', () => {
    const tokens = create(0);
    tokens.keep({ token, kid: 'first', key, claims });
    expect(tokens.find(token)).toBeUndefined();
  });
});

test('a token that was verified before is refused from its expiry on', async () => {
  const made = await createTestTokens();
  const customData = { data: {}, readAt: START };
  const { claims: issued, token: access } = await made.tokens.issueAccess({
    ...HOLDER,
    customData,
  });
  expect(await made.tokens.verifyAccess(access)).toEqual(issued);
  expect(await made.tokens.verifyAccess(access)).toEqual(issued);
  made.clock.now = issued.expiresAt * 1000 - 1;
  expect(await reasonOf(made, access)).toBe('ACCEPTED');
  made.clock.now = issued.expiresAt * 1000;
  expect(await reasonOf(made, access)).toBe('TOKEN_EXPIRED');
});
