import { describe, expect, test } from '@jest/globals';
import { readCredentials } from '../../../src/realm/credentials.ts';
import { ProtocolError } from '../../../src/realm/protocol-error.ts';

const EXTRAS = { options: { device: { sdkVersion: '2.0.1' } }, provider: 'again' };

function answerOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return error.answer;
    throw error;
  }
}

describe('a log-in body', () => {
  test.each([
    ['anon-user', {}, { provider: 'anonymous' }],
    [
      'local-userpass',
      { username: 'a@b.c', password: 'p' },
      { provider: 'email-password', email: 'a@b.c', password: 'p' },
    ],
    ['api-key', { key: 'k' }, { provider: 'api-key', key: 'k' }],
    ['custom-token', { token: 't' }, { provider: 'custom-jwt', token: 't' }],
    ['oauth2-google', { id_token: 't' }, { provider: 'google', idToken: 't' }],
    ['oauth2-apple', { id_token: 't' }, { provider: 'apple', idToken: 't' }],
  ])('of %s is read, whatever else is in it', (provider, body, credentials) => {
    expect(readCredentials(provider, { ...body, ...EXTRAS })).toEqual(credentials);
  });

  test('of custom-function is the payload, without the device', () => {
    const payload = { n: { $numberInt: '1' }, provider: 'mine' };
    const { options } = EXTRAS;
    expect(readCredentials('custom-function', { ...payload, options })).toEqual({
      provider: 'custom-function',
      payload,
    });
  });

  test.each([
    ['local-userpass', { username: 'a@b.c' }, 'MissingParameter', "'password'"],
    ['local-userpass', { username: 1, password: 'p' }, 'InvalidParameter', "'username'"],
    ['local-userpass', { email: 'a@b.c', password: 'p' }, 'MissingParameter', "'username'"],
    ['api-key', {}, 'MissingParameter', "'key'"],
    ['custom-token', { token: null }, 'InvalidParameter', "'token'"],
    ['oauth2-google', {}, 'MissingParameter', "'id_token'"],
    ['oauth2-google', { authCode: 'x' }, 'BadRequest', 'not supported'],
    ['oauth2-facebook', { accessToken: 'x' }, 'BadRequest', 'not supported'],
  ])('of %s that is %j is %s', (provider, body, code, text) => {
    expect(answerOf(() => readCredentials(provider, body))).toEqual({
      status: 400,
      code,
      error: expect.stringContaining(text),
    });
  });

  test.each(['', 'toString', '__proto__', 'mongodb-cloud'])('of "%s" is none', (provider) => {
    expect(answerOf(() => readCredentials(provider, {}))).toMatchObject({
      status: 404,
      code: 'AuthProviderNotFound',
    });
  });
});
