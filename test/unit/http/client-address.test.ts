import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { createClientAddress } from '../../../src/http/client-address.ts';

/** A request by way of proxies, the nearest last. */
const requestOf = (remoteAddress: string | undefined, ...forwarded: readonly string[]) =>
  ({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded.join(', ') },
  }) as unknown as IncomingMessage;

test('without trusted proxies it is the other end of the connection, whatever a header says', () => {
  const addressOf = createClientAddress(false);
  expect(addressOf(requestOf('192.0.2.1', '203.0.113.9'))).toBe('192.0.2.1');
  // The connection is gone.
  expect(addressOf(requestOf(undefined))).toBe('');
});

test('with all of them trusted it is the first that was forwarded for', () => {
  const addressOf = createClientAddress(true);
  expect(addressOf(requestOf('192.0.2.1', '203.0.113.9', '198.51.100.1'))).toBe('203.0.113.9');
});

test('with some trusted it is the nearest that is not', () => {
  const addressOf = createClientAddress((_address, hop) => hop < 1);
  expect(addressOf(requestOf('192.0.2.1', '203.0.113.9', '198.51.100.1'))).toBe('198.51.100.1');
});
