import { describe, expect, test } from '@jest/globals';
import { isOriginAllowed } from '../../../src/http/cors.ts';

describe('which pages may call', () => {
  test.each([
    ['https://studio.apollographql.com', '127.0.0.1', true],
    ['https://preflight-request.apollographql.com', '127.0.0.1', true],
    ['http://localhost:3000', '127.0.0.1', true],
    ['ftp://localhost', '127.0.0.1', false],
    ['chrome-extension://localhost', '127.0.0.1', false],
    ['http://127.0.0.1:8080', 'localhost', true],
    ['http://[::1]:8080', '::1', true],
    ['http://localhost:3000', '0.0.0.0', false],
    ['https://app.example.com', '127.0.0.1', false],
    ['http://localhost.evil.example', '127.0.0.1', false],
    ['null', '127.0.0.1', false],
  ])('by default: %s to a gateway on %s: %s', (origin, host, allowed) => {
    expect(isOriginAllowed(origin, undefined, host)).toBe(allowed);
  });

  test('configured origins replace the default', () => {
    const origins = ['https://app.example.com'];
    expect(isOriginAllowed('https://app.example.com', origins, '127.0.0.1')).toBe(true);
    expect(isOriginAllowed('http://localhost:3000', origins, '127.0.0.1')).toBe(false);
    expect(isOriginAllowed('https://studio.apollographql.com', origins, '127.0.0.1')).toBe(false);
  });

  test('"*" allows every page, none at all is allowed without an origin', () => {
    expect(isOriginAllowed('https://anyone.example', ['*'], '0.0.0.0')).toBe(true);
    expect(isOriginAllowed(undefined, ['*'], '0.0.0.0')).toBe(false);
  });
});
