/** Log-in bodies, one shape a provider. */
import type { Credentials } from '../session/log-in.ts';
import { type Body, readText } from './bodies.ts';
import { notSupported, ProtocolError } from './protocol-error.ts';

const READERS: ReadonlyMap<string, (body: Body) => Credentials> = new Map<
  string,
  (body: Body) => Credentials
>([
  ['anon-user', () => ({ provider: 'anonymous' })],
  [
    'local-userpass',
    (body) => ({
      provider: 'email-password',
      email: readText(body, 'username'),
      password: readText(body, 'password'),
    }),
  ],
  ['api-key', (body) => ({ provider: 'api-key', key: readText(body, 'key') })],
  ['custom-token', (body) => ({ provider: 'custom-jwt', token: readText(body, 'token') })],
  [
    'custom-function',
    ({ options: _device, ...payload }) => ({ provider: 'custom-function', payload }),
  ],
  ['oauth2-google', (body) => ({ provider: 'google', idToken: readIdToken(body) })],
  ['oauth2-apple', (body) => ({ provider: 'apple', idToken: readIdToken(body) })],
  [
    'oauth2-facebook',
    () => {
      throw notSupported('Log-in with Facebook is');
    },
  ],
]);

/** The credentials in a log-in body for the provider of this name in the path. */
export function readCredentials(provider: string, body: Body): Credentials {
  const read = READERS.get(provider);
  if (read === undefined) throw providerNotFound(provider);
  return read(body);
}

/** There is no provider of this name: 404. */
function providerNotFound(provider: string): ProtocolError {
  const text = `authentication provider not found: '${provider}'`;
  return new ProtocolError(404, text, 'AuthProviderNotFound');
}

function readIdToken(body: Body): string {
  if (Object.hasOwn(body, 'authCode')) throw notSupported('Log-in with an authorization code is');
  return readText(body, 'id_token');
}
