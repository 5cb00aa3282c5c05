import { expect, test } from '@jest/globals';
import { readHeaderCredentials } from '../../../src/session/header-credentials.ts';

test.each([
  [{}, null],
  [{ email: 'a@example.com' }, null],
  [{ password: 'p' }, null],
  [
    { email: 'a@example.com', password: 'p' },
    { provider: 'email-password', email: 'a@example.com', password: 'p' },
  ],
  [
    { apikey: 'k', email: 'a@example.com', password: 'p' },
    { provider: 'api-key', key: 'k' },
  ],
  [
    { jwttokenstring: 't', apikey: 'k' },
    { provider: 'custom-jwt', token: 't' },
  ],
])('the credentials in %j', (headers, credentials) => {
  expect(readHeaderCredentials(headers)).toEqual(credentials);
});
