/** The address of a client, told of a request that Fastify has not seen as Fastify tells it. */
import type { IncomingMessage } from 'node:http';
import { all } from '@fastify/proxy-addr';
import type { Config } from '../config.ts';
import { trustIn } from './trusted-proxies.ts';

/** Tells the address of the client that sent a request. */
export type ClientAddress = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/** An IPv6 address that ends as an IPv4 one. Behind a proxy the text can be anything. */
const MAX_LENGTH = 45;

/** Creates what tells it. Without proxies that is the other end of the connection. */
export function createClientAddress(proxies: Config['trustProxy']): ClientAddress {
  if (proxies === false) return ({ socket }) => socket.remoteAddress ?? '';
  const isTrusted = trustIn(proxies);
  // It looks at no more of the request.
  return (request) => boundAddress(all(request as IncomingMessage, isTrusted).at(-1) ?? '');
}

/** As much of it as an address can have. */
export function boundAddress(address: string): string {
  return address.length > MAX_LENGTH ? address.slice(0, MAX_LENGTH) : address;
}
