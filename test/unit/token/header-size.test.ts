import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SIGNING_ALGS } from '../../../src/config.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { createTestTokens, HOLDER, START } from '../../support/test-tokens.ts';

// "binary" makes lone surrogates and every plane; JSON escapes some of these and not others.
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const anyUnicode = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
const value = fc.oneof(text, anyUnicode, fc.double(), fc.boolean(), fc.constant(null));
const data = fc
  .dictionary(fc.oneof(text, anyUnicode), fc.oneof(value, fc.array(value)))
  .map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);

test.each(SIGNING_ALGS)('the size is that of the header value issued, with %s', async (alg) => {
  const { tokens } = await createTestTokens({ alg });
  await fc.assert(
    fc.asyncProperty(
      data,
      fc.option(fc.string(), { nil: undefined }),
      async (document, revision) => {
        const customData = {
          data: document,
          readAt: START,
          ...(revision === undefined ? {} : { revision }),
        };
        const size = tokens.accessHeaderSize({ ...HOLDER, customData });
        const { token } = await tokens.issueAccess({ ...HOLDER, customData });
        expect(size).toBe(Buffer.byteLength(`Bearer ${token}`));
      },
    ),
    { numRuns: alg === 'ES256' ? 300 : 50 },
  );
});

test('the size counts bytes, not characters', async () => {
  const { tokens } = await createTestTokens();
  const sizeOf = (note: string) =>
    tokens.accessHeaderSize({ ...HOLDER, customData: { data: { note }, readAt: START } });
  expect(sizeOf('日本語日本語') - sizeOf('')).toBe(sizeOf('x'.repeat(18)) - sizeOf(''));
});

test('a reissued token with an earlier expiry has the size measured for it', async () => {
  const { tokens } = await createTestTokens();
  const input = { ...HOLDER, customData: { readAt: START }, expiresAt: START / 1000 + 5 };
  const { token, claims } = await tokens.issueAccess(input);
  expect(claims.expiresAt).toBe(START / 1000 + 5);
  expect(tokens.accessHeaderSize(input)).toBe(`Bearer ${token}`.length);
});
