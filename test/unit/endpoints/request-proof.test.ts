import { expect, test } from '@jest/globals';
import { assertProof, type ShownProof } from '../../../src/endpoints/request-proof.ts';

const SECRET = { type: 'secret', secret: '12345' } as const;
const SIGNATURE = { type: 'signature', secret: '12345' } as const;
/** Body and signature of the vendor's documentation. */
const BODY = '{"message":"MESSAGE"}';
const SIGNED = '828ee180512eaf8a6229eda7eea72323f68e9c0f0093b11a578b0544c5777862';

const show = (shown: Partial<Omit<ShownProof, 'body'>>, body = BODY): ShownProof => ({
  ...{ secret: null, signature: undefined, body: Buffer.from(body) },
  ...shown,
});
const REFUSED = expect.objectContaining({ code: 'INVALID_CREDENTIALS' });

test('an endpoint that asks for nothing takes any request', () => {
  expect(() => assertProof({ type: 'none' }, show({}))).not.toThrow();
});

test('the secret has to be the one, whole', () => {
  expect(() => assertProof(SECRET, show({ secret: '12345' }))).not.toThrow();
  for (const secret of [null, '', '1234', '123456', ' 12345']) {
    expect(() => assertProof(SECRET, show({ secret }))).toThrow(REFUSED);
  }
});

test('the signature has to be that of the bytes of the body', () => {
  const signature = `sha256=${SIGNED}`;
  expect(() => assertProof(SIGNATURE, show({ signature }))).not.toThrow();
  expect(() => assertProof(SIGNATURE, show({ signature }, `${BODY} `))).toThrow(REFUSED);
});

test.each([
  undefined,
  '',
  SIGNED,
  `sha1=${SIGNED}`,
  `sha256=${SIGNED.slice(1)}`,
  `sha256=${SIGNED}0`,
  `sha256=${'g'.repeat(64)}`,
  `::sha256=${SIGNED}`,
])('%s is no signature', (signature) => {
  expect(() => assertProof(SIGNATURE, show({ signature }))).toThrow(REFUSED);
});

test('the secret itself is no signature, and a signature no secret', () => {
  expect(() => assertProof(SIGNATURE, show({ secret: '12345' }))).toThrow(REFUSED);
  expect(() => assertProof(SECRET, show({ signature: `sha256=${SIGNED}` }))).toThrow(REFUSED);
});
