/** Whose word about clients is believed: `TRUST_PROXY`. */
import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * Nobody's (`false`), anybody's (`true`), that of so many proxies, or that of proxies at these addresses: IP addresses,
 * ranges such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`.
 */
export type TrustedProxies = boolean | number | readonly string[];

/** More are not in a row anywhere. */
const MAX_PROXIES = 32;
const MAX_ADDRESSES = 100;
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];
const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** Parses the variable. */
export const trustedProxies = z.string().transform((text, context): TrustedProxies => {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PROXIES) return Number(text);
  const addresses = text.split(',').map((item) => item.trim());
  if (addresses.length <= MAX_ADDRESSES && addresses.every(isRange)) return addresses;
  context.addIssue({
    code: 'custom',
    message: `must be "true", "false", a number of proxies between 1 and ${MAX_PROXIES}, or addresses such as "10.0.0.0/8"`,
  });
  return z.NEVER;
});

function isRange(text: string): boolean {
  if (RANGES.includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const most = BITS[isIP(address)];
  if (most === undefined || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}
