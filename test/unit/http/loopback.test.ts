import { describe, expect, test } from '@jest/globals';
import { hostsOf } from '../../../src/http/loopback.ts';

describe('a gateway on a loopback address answers for', () => {
  const answersFor = hostsOf('127.0.0.1', 'https://Data.Example.com/base');

  test.each([
    'localhost',
    'LOCALHOST:4000',
    'localhost.',
    'app.localhost:80',
    '127.0.0.1:4000',
    '127.9.8.7',
    '[::1]:4000',
    '192.168.1.7:4000',
    '[2001:db8::1]',
    'data.example.com',
    'DATA.example.com:8443',
  ])('%s', (host) => {
    expect(answersFor?.(host)).toBe(true);
  });

  test.each([
    'evil.example',
    'evil.example:4000',
    'my-localhost',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'data.example.com.evil.example',
    '1.2.3',
    '0x7f000001',
  ])('and not for %s', (host) => {
    expect(answersFor?.(host)).toBe(false);
  });
});

test.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('%s is such an address', (host) => {
  expect(hostsOf(host, undefined)?.('evil.example')).toBe(false);
});

test.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example'])(
  'a gateway on %s answers for every name: others are to reach it',
  (host) => {
    expect(hostsOf(host, undefined)).toBeNull();
  },
);
