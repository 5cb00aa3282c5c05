/** The address of a client, told of a request that Fastify has not seen as Fastify tells it. */
import type { IncomingMessage } from 'node:http';
import { all } from '@fastify/proxy-addr';

/** Tells the address of the client that sent a request. */
export type ClientAddress = (request: IncomingMessage) => string;

/** Whether an address is one of a proxy that is trusted; the client's neighbour is hop 0. */
export type TrustedProxies = boolean | ((address: string, hop: number) => boolean);

/** An IPv6 address that ends as an IPv4 one. Behind a proxy the text can be anything. */
const MAX_LENGTH = 45;

/** Creates what tells it. Without proxies that is the other end of the connection. */
export function createClientAddress(trusted: TrustedProxies): ClientAddress {
  if (trusted === false) return ({ socket }) => socket.remoteAddress ?? '';
  const isTrusted = trusted === true ? () => true : trusted;
  return (request) => boundAddress(all(request, isTrusted).at(-1) ?? '');
}

/** As much of it as an address can have. */
export function boundAddress(address: string): string {
  return address.length > MAX_LENGTH ? address.slice(0, MAX_LENGTH) : address;
}
