/** Credentials as headers of a request, as App Services took them beside bearer tokens. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from './log-in.ts';

/** The headers that credentials are read from, in small letters. */
export const CREDENTIAL_HEADERS = ['email', 'password', 'apikey', 'jwttokenstring'] as const;

/** The credentials in the headers of a request; `null` if it has none. */
export function readHeaderCredentials(headers: IncomingHttpHeaders): Credentials | null {
  const { email, password, apikey: key, jwttokenstring: token } = headers;
  if (typeof token === 'string') return { provider: 'custom-jwt', token };
  if (typeof key === 'string') return { provider: 'api-key', key };
  if (typeof email !== 'string' || typeof password !== 'string') return null;
  return { provider: 'email-password', email, password };
}
