import { expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { requireCaller } from '../../../src/realm/bearers.ts';
import { createTestTokens, HOLDER, START, type TestTokens } from '../../support/test-tokens.ts';

async function answerTo(
  authorization: string | undefined,
  { tokens, clock }: TestTokens,
): Promise<unknown> {
  const log = { warn: () => undefined };
  const request = { headers: { authorization }, facts: {}, log } as unknown as FastifyRequest;
  try {
    return await requireCaller({ tokens, now: () => clock.now }, request);
  } catch (error) {
    const { answer, details } = error as { answer?: { status: number }; details?: object };
    return answer?.status ?? details;
  }
}

async function issueBy({ tokens }: TestTokens): Promise<string> {
  const { token } = await tokens.issueAccess({ ...HOLDER, customData: { readAt: START } });
  return `Bearer ${token}`;
}

test('the caller is whom the token names', async () => {
  const own = await createTestTokens();
  expect(await answerTo(await issueBy(own), own)).toMatchObject(HOLDER);
});

test.each([
  [0, 403],
  [4999, 403],
  [5000, { reason: 'TOKEN_INVALID' }],
  [-60_000, 403],
])('a token of other keys, %d ms old, is %j', async (age, answer) => {
  const foreign = await createTestTokens();
  const own = await createTestTokens();
  own.clock.now = START + age;
  expect(await answerTo(await issueBy(foreign), own)).toEqual(answer);
});

test('an expired token is expired, however young it is said to be', async () => {
  const own = await createTestTokens();
  const { token } = await own.tokens.issueAccess({
    ...HOLDER,
    customData: { readAt: START },
    expiresAt: START / 1000 - 1,
  });
  expect(await answerTo(`Bearer ${token}`, own)).toEqual({ reason: 'TOKEN_EXPIRED' });
});

test.each([
  [undefined, { reason: 'TOKEN_MISSING' }],
  ['Basic abc', { reason: 'TOKEN_MALFORMED' }],
  ['Bearer null', { reason: 'TOKEN_MALFORMED' }],
  ['Bearer a.b.c', { reason: 'TOKEN_MALFORMED' }],
])('"%s" is %j', async (authorization, answer) => {
  expect(await answerTo(authorization, await createTestTokens())).toEqual(answer);
});
