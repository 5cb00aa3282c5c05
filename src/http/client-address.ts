/** Which proxies are trusted, and the address of the client behind them. */
import type { IncomingMessage } from 'node:http';
import findAddress from '@fastify/proxy-addr';
import type { Config } from '../config.ts';

type Proxies = Config['trustProxy'];

/**
 * The proxies as Fastify takes them. Its own number of proxies trusts none of them: it is for servers that only they
 * can reach, which ours may not be.
 */
export function toTrust(
  proxies: Proxies,
): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  return typeof proxies === 'boolean' ? proxies : [...proxies];
}

/** What finds the address of a request's client, as `ip` of a request of Fastify is. */
export function createAddressFinder(proxies: Proxies): (request: IncomingMessage) => string {
  const trust = toTrust(proxies);
  const isTrusted = typeof trust === 'boolean' ? () => trust : trust;
  return (request) => findAddress(request, isTrusted);
}
