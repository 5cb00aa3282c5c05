/** Whose word about a client is believed, as Fastify and its finder of addresses ask. */
import { compile } from '@fastify/proxy-addr';
import type { Config } from '../config.ts';

/** Whether the `hop`th address on the way, counted from the connection, is that of a proxy that is believed. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * What `TRUST_PROXY` says, always as a function: Fastify's own number of proxies trusts none of them, since it is for
 * servers that only they can reach, and its finder of addresses takes `false` for everybody.
 */
export function trustIn(proxies: Config['trustProxy']): Trust {
  if (typeof proxies === 'boolean') return () => proxies;
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  return compile([...proxies]);
}
