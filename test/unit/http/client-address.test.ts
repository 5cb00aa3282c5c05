import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { createClientAddress } from '../../../src/http/client-address.ts';
import { trustIn } from '../../../src/http/trusted-proxies.ts';

const PEER = '10.0.0.9';
const FORWARDED = '203.0.113.5, 192.0.2.7, 10.0.0.8';

test.each([
  ['nobody', false, PEER],
  ['everybody', true, '203.0.113.5'],
  ['one proxy', 1, '10.0.0.8'],
  ['two proxies', 2, '192.0.2.7'],
  ['more proxies than there are', 9, '203.0.113.5'],
  ['an address', [PEER], '10.0.0.8'],
  ['a network', ['10.0.0.0/8'], '192.0.2.7'],
  ['a network that the peer is not in', ['192.0.2.0/24'], PEER],
])(
  'the address of a client, trusting %s, is what Fastify says as well',
  async (_whom, proxies, address) => {
    const headers = { 'x-forwarded-for': FORWARDED };
    const request = { headers, socket: { remoteAddress: PEER } } as unknown as IncomingMessage;
    expect(createClientAddress(proxies)(request)).toBe(address);
    const server = fastify({ trustProxy: proxies === false ? false : trustIn(proxies) });
    server.get('/', async ({ ip }) => ip);
    const { body } = await server.inject({ url: '/', remoteAddress: PEER, headers });
    expect(body).toBe(address);
  },
);
