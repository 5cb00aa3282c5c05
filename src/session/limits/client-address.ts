/** Which client an address stands for. */
import { isIP } from 'node:net';
import ipaddr, { type IPv6 } from 'ipaddr.js';

/** Longest text that is looked at: an IPv6 address with a zone and a port. */
const MAX_LENGTH = 100;
/** Bytes of an IPv6 address that name the network of one customer (RFC 6177); the others are theirs to choose. */
const NETWORK_BYTES = 8;
/** Those whose address cannot be read are one client. */
const UNKNOWN = 'unknown';

/**
 * The client behind an address as sockets and proxies write it, with a port or without: an IPv4 address, also where it
 * is mapped to IPv6 (RFC 4291 section 2.5.5.2), or the /64 of an IPv6 address. What is no address is one client, too:
 * nobody becomes another by what they make up.
 */
export function clientOf(address: string | undefined): string {
  const bare = withoutPort(address ?? '');
  if (bare.length > MAX_LENGTH || isIP(bare) === 0) return UNKNOWN;
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as IPv6).toByteArray().slice(0, NETWORK_BYTES);
  return `${Buffer.from(network).toString('hex')}/64`;
}

/** `192.0.2.1:443` and `[2001:db8::1]:443`, as some proxies write them. */
function withoutPort(text: string): string {
  if (text.length > MAX_LENGTH) return '';
  if (text.startsWith('[')) return text.slice(1).split(']', 1)[0] ?? '';
  return text.includes('.')
    ? text.replace(/:\d{1,5}$/, (port, at) => (isIP(text.slice(0, at)) === 4 ? '' : port))
    : text;
}
