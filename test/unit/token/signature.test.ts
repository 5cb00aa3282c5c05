import { createPublicKey, type JsonWebKeyInput, pbkdf2, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { SIGNING_ALGS } from '../../../src/config.ts';
import { isSignatureOf, signingInputOf, signText } from '../../../src/token/signature.ts';
import { createPrivateKey, createTestTokens, HOLDER, START } from '../../support/test-tokens.ts';

/** Examples of the specifications: the public key, and the JWS. */
const EXAMPLES = [
  [
    'RFC 7515 appendix A.3',
    'ES256',
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  ],
  [
    'RFC 8037 appendix A.4',
    'EdDSA',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  ],
] as const;

const signatureOf = (token: string) =>
  Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');

test.each(EXAMPLES)('the example of %s is verified', (_name, alg, jwk, token) => {
  const key = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
  expect(isSignatureOf(alg, key, signingInputOf(token), signatureOf(token))).toBe(true);
  expect(isSignatureOf(alg, key, `${signingInputOf(token)}x`, signatureOf(token))).toBe(false);
});

describe.each(SIGNING_ALGS)('%s', (alg) => {
  const privateKey = createPrivateKey(alg);
  const publicKey = createPublicKey(privateKey);

  test('of another library is verified here, and ours there', async () => {
    const theirs = await new CompactSign(Buffer.from('text'))
      .setProtectedHeader({ alg })
      .sign(privateKey);
    expect(isSignatureOf(alg, publicKey, signingInputOf(theirs), signatureOf(theirs))).toBe(true);
    const input = signingInputOf(theirs);
    const ours = `${input}.${signText(alg, privateKey, input).toString('base64url')}`;
    expect((await compactVerify(ours, publicKey)).protectedHeader).toEqual({ alg });
  });

  test('of other bytes, of any length, is refused and never a fault', () => {
    const length = signText(alg, privateKey, 'text').length;
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2 * length }),
      fc.uint8Array({ minLength: length, maxLength: length }),
      // Numbers at the edges of the field and the order of a curve.
      fc.constantFrom(0, 1, 0x7f, 0xff).map((byte) => new Uint8Array(length).fill(byte)),
      fc
        .tuple(fc.boolean(), fc.uint8Array({ minLength: length / 2, maxLength: length / 2 }))
        .map(([isFirst, half]) => {
          const zeros = new Uint8Array(length / 2);
          return Buffer.concat(isFirst ? [half, zeros] : [zeros, half]);
        }),
    );
    fc.assert(
      fc.property(bytes, (signature) => {
        expect(isSignatureOf(alg, publicKey, 'text', signature)).toBe(false);
      }),
    );
  });

  test('with one bit changed is refused', () => {
    const signature = signText(alg, privateKey, 'text');
    fc.assert(
      fc.property(fc.nat({ max: signature.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(signature);
        const index = bit >> 3;
        changed[index] = (changed[index] ?? 0) ^ (1 << (bit & 7));
        expect(isSignatureOf(alg, publicKey, 'text', changed)).toBe(false);
      }),
    );
  });
});

test('PS256 has a salt as long as its hash, no other (RFC 7518 section 3.5)', () => {
  const privateKey = createPrivateKey('PS256');
  const signature = signText('PS256', privateKey, 'text');
  const key = { key: createPublicKey(privateKey), padding: 6, saltLength: 32 };
  expect(verify('sha256', Buffer.from('text'), key, signature)).toBe(true);
});

test('a token is verified and signed although every thread of the pool is at work', async () => {
  const { tokens } = await createTestTokens();
  const issue = () => tokens.issueAccess({ ...HOLDER, customData: { readAt: START } });
  const { token } = await issue();
  const finished: string[] = [];
  const note = (name: string) => () => finished.push(name);
  const work = Array.from({ length: 8 }, () =>
    promisify(pbkdf2)('password', 'salt', 200_000, 32, 'sha256').then(note('work')),
  );
  await Promise.all([
    ...work,
    tokens.verifyAccess(token).then(note('verified')),
    issue().then(note('signed')),
  ]);
  expect(finished.slice(0, 2).sort()).toEqual(['signed', 'verified']);
});
