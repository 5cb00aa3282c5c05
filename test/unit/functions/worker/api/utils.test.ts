import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../../../src/bson.ts';
import { runSource } from '../../../../support/function-runner.ts';

const RSA = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const RSA_PKCS8 = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const EC = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const run = (expression: string, values: Record<string, unknown> = {}) =>
  runSource(`exports = () => { const v = context.values.get; return (${expression}); }`, {
    setup: { values },
  });
const evaluate = async (expression: string, values?: Record<string, unknown>) => {
  const { failure, result } = await run(expression, values);
  expect(failure).toBeUndefined();
  return result;
};
const messageOf = async (expression: string, values?: Record<string, unknown>) =>
  (await run(expression, values)).failure?.message;

describe('utils.crypto', () => {
  test('decrypts what App Services encrypted: the sample of its documentation', async () => {
    const key = '603082712271C525E087BD999A4E0738';
    const encrypted = 'WPBuIvJ6Bity43Uh822dW8QlVYVJaFUiDeUjlTiJXzptUuTYIKPlXekBQAJb';
    const expression = `utils.crypto.decrypt('aes', BSON.Binary.fromBase64('${encrypted}'), '${key}').text()`;
    expect(await evaluate(expression)).toBe('MongoDB is great!');
  });

  test.each([16, 24, 32])('encrypts with a key of %d bytes, each time anew', async (length) => {
    const key = JSON.stringify('k'.repeat(length));
    expect(
      await evaluate(
        `(() => {
          const [a, b] = [1, 2].map(() => utils.crypto.encrypt('aes', 'café', ${key}));
          return [a.toHex() !== b.toHex(), utils.crypto.decrypt('aes', a, ${key}).text()];
        })()`,
      ),
    ).toEqual([true, 'café']);
  });

  test('refuses to decrypt what was changed, what is too short, and with a key of another length', async () => {
    const changed = `(() => {
      const bytes = Buffer.from(utils.crypto.encrypt('aes', 'text', 'k'.repeat(16)).value());
      bytes[13] ^= 1;
      return utils.crypto.decrypt('aes', BSON.Binary(bytes), 'k'.repeat(16));
    })()`;
    expect(await messageOf(changed)).toContain('unable to authenticate data');
    expect(await messageOf('utils.crypto.decrypt("aes", BSON.Binary.fromHex("00"), "k")')).toBe(
      'The message is too short',
    );
    expect(await messageOf('utils.crypto.encrypt("aes", "x", "short")')).toBe(
      'RangeError: The key must have 16, 24 or 32 bytes',
    );
    expect(await messageOf('utils.crypto.encrypt("des", "x", "k")')).toBe(
      'RangeError: The encryption type must be one of aes',
    );
  });

  test.each(['pss', 'pkcs1v15'])('signs and verifies with RSA in scheme %s', async (scheme) => {
    const values = { private: RSA.privateKey, public: RSA.publicKey };
    expect(
      await evaluate(
        `(() => {
          const signature = utils.crypto.sign('rsa', 'text', v('private'), '${scheme}');
          return [utils.crypto.verify('rsa', 'text', v('public'), signature, '${scheme}'),
            utils.crypto.verify('rsa', 'other', v('public'), signature, '${scheme}')];
        })()`,
        values,
      ),
    ).toEqual([true, false]);
  });

  test('refuses a key that is not RSA', async () => {
    expect(await messageOf('utils.crypto.sign("rsa", "x", v("key"))', { key: EC.privateKey })).toBe(
      'TypeError: The key must be an RSA key',
    );
  });

  test('has hmac and hash with the results of the documentation', async () => {
    expect(await evaluate('utils.crypto.hmac("hello!", "super-secret", "sha256", "base64")')).toBe(
      'SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0=',
    );
    expect(await evaluate('utils.crypto.hash("sha256", "hello!").toBase64()')).toBe(
      'zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=',
    );
    expect(await evaluate('utils.crypto.hash("md5", BSON.Binary.fromHex("00")).toHex()')).toBe(
      '93b885adfe0da089cdf634904fd59f71',
    );
    expect(await messageOf('utils.crypto.hash("sha3", "x")')).toBe(
      'RangeError: The hash function must be one of sha1, sha256, md5',
    );
    expect(await messageOf('utils.crypto.hash("md5", 1)')).toBe(
      'TypeError: "input" must be a string or a BSON.Binary',
    );
  });
});

describe('utils.jwt', () => {
  test('makes the token of the documentation', async () => {
    const payload = '{ sub: "1234567890", name: "Joe Schmoe", iat: 1565721223187 }';
    const token = await evaluate(`utils.jwt.encode("HS512", ${payload}, "SuperSecret")`);
    expect(token).toBe(
      'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvZSBTY2htb2UiLCJpYXQiOjE1NjU3MjEyMjMxODd9.-QL15ldu2BYuJokNWT6YRiwZQIiIpvq6Kyv-C6qslNdNiUVxo8zqLJZ1iEkNf2yZKMIrQuMCtIC1tzd2H31AxA',
    );
  });

  test.each([
    ['HS256', { private: 'secret', public: 'secret' }],
    ['HS384', { private: 'secret', public: 'secret' }],
    ['RS256', { private: RSA_PKCS8.privateKey, public: RSA_PKCS8.publicKey }],
    ['RS512', { private: RSA.privateKey, public: RSA.publicKey }],
    ['PS256', { private: RSA_PKCS8.privateKey, public: RSA_PKCS8.publicKey }],
    ['ES256', { private: EC.privateKey, public: EC.publicKey }],
  ])('reads what it wrote with %s, and adds no claim', async (method, values) => {
    expect(
      await evaluate(
        `(() => {
          const token = utils.jwt.encode('${method}', { a: 1 }, v('private'), { kid: 'k' });
          return [utils.jwt.decode(token, v('public')),
            utils.jwt.decode(token, v('public'), true, ['${method}']).header.kid];
        })()`,
        values,
      ),
    ).toEqual([{ a: new Int32(1) }, 'k']);
  });

  test('lets no header say another method than the key is used with', async () => {
    const token = 'utils.jwt.encode("HS256", { iat: 0 }, "k", { alg: "none", kid: "k" })';
    expect(await evaluate(`utils.jwt.decode(${token}, "k", true)`)).toEqual({
      header: { alg: 'HS256', typ: 'JWT', kid: 'k' },
      payload: { iat: new Int32(0) },
    });
  });

  test('never takes a public key for a shared secret', async () => {
    const values = { public: RSA_PKCS8.publicKey };
    // The attack: a token signed with HS256 and the text of the public key as the secret.
    const forged = `require('jsonwebtoken').sign({ a: 1 }, Buffer.from(v('public')), { algorithm: 'HS256' })`;
    const decode = `utils.jwt.decode(${forged}, v('public'), false`;
    const directory = process.cwd();
    for (const accepted of ['', ', ["RS256"]', ', ["HS256", "RS256"]']) {
      const { failure } = await runSource(
        `exports = () => { const v = context.values.get; return ${decode}${accepted}); }`,
        { setup: { values, directory } },
      );
      expect(failure?.message).toBe('JsonWebTokenError: invalid algorithm');
    }
    expect(
      await messageOf(`utils.jwt.decode('a.b.c', v('public'), false, ['HS256'])`, values),
    ).toBe('A key of this kind can be used with RS256, RS384, RS512, PS256, PS384, PS512');
    expect(
      await messageOf(`utils.jwt.encode('HS256', {}, v('public'))`, { public: RSA.privateKey }),
    ).toBe('A key of this kind can be used with RS256, RS384, RS512, PS256, PS384, PS512');
    expect(await messageOf('utils.jwt.encode("RS256", {}, "secret")')).toBe(
      'A key of this kind can be used with HS256, HS384, HS512',
    );
  });

  test('refuses a token that is expired, altered, unsigned or signed with another key', async () => {
    const token = (claims: string, key = 'k') => `utils.jwt.encode("HS256", ${claims}, "${key}")`;
    expect(await messageOf(`utils.jwt.decode(${token('{ exp: 1 }')}, "k")`)).toBe(
      'TokenExpiredError: jwt expired',
    );
    expect(await messageOf(`utils.jwt.decode(${token('{}', 'other')}, "k")`)).toBe(
      'JsonWebTokenError: invalid signature',
    );
    const none = 'eyJhbGciOiJub25lIn0.e30.';
    expect(await messageOf(`utils.jwt.decode("${none}", "k")`)).toBe(
      'JsonWebTokenError: jwt signature is required',
    );
    expect(await messageOf('utils.jwt.encode("none", {}, "k")')).toBe(
      'A key of this kind can be used with HS256, HS384, HS512',
    );
    expect(await messageOf('utils.jwt.encode("HS256", {}, "")')).toBe(
      'TypeError: The key must be a string',
    );
  });
});
