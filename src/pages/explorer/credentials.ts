/** What each provider asks for. */
import type { Credentials } from 'custom-user-data-client';
import type { Provider } from './settings.ts';

/** A field of a form. */
export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'password' | 'json';
  readonly autocomplete: string;
}

/** How to log in with a provider. */
export interface LogInWay {
  readonly label: string;
  readonly fields: readonly CredentialField[];
  /** Makes the credentials of the values of the fields, in their order. Throws what can be shown. */
  readonly toCredentials: (...values: string[]) => Credentials;
}

const secret = (name: string, label: string): CredentialField => ({
  name,
  label,
  type: 'password',
  autocomplete: 'off',
});
const ID_TOKEN = [secret('idToken', 'ID token')];

/** By the names of `PROVIDERS`. */
export const LOG_IN_WAYS: Readonly<Record<Provider, LogInWay>> = {
  anonymous: {
    label: 'Anonymous',
    fields: [],
    toCredentials: () => ({ anonymous: true }),
  },
  'email-password': {
    label: 'E-mail and password',
    fields: [
      { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username' },
      {
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
      },
    ],
    toCredentials: (email = '', password = '') => ({ emailPassword: { email, password } }),
  },
  'api-key': {
    label: 'API key',
    fields: [secret('key', 'API key')],
    toCredentials: (key = '') => ({ apiKey: { key } }),
  },
  'custom-jwt': {
    label: 'Custom JWT',
    fields: [secret('token', 'JWT')],
    toCredentials: (token = '') => ({ customJwt: { token } }),
  },
  'custom-function': {
    label: 'Custom function',
    fields: [{ name: 'payload', label: 'Payload, as JSON', type: 'json', autocomplete: 'off' }],
    toCredentials: (payload = '') => ({ function: { payload: parsePayload(payload) } }),
  },
  google: {
    label: 'Google',
    fields: ID_TOKEN,
    toCredentials: (idToken = '') => ({ google: { idToken } }),
  },
  apple: {
    label: 'Apple',
    fields: ID_TOKEN,
    toCredentials: (idToken = '') => ({ apple: { idToken } }),
  },
};

function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The payload is no JSON');
  }
}
