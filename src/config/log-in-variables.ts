/** Variables of tokens and of the ways to log in. */
import { z } from 'zod';
import { DEFAULT_RATE_LIMITS, rateLimits } from './rate-limits.ts';
import {
  duration,
  httpUrl,
  integer,
  languageTag,
  list,
  name,
  oneOf,
  secrets,
  type Variable,
} from './values.ts';

/** Ways to log in that can be switched on, in the spelling of `PROVIDERS`. */
const PROVIDERS = [
  'anonymous',
  'email-password',
  'api-key',
  'custom-jwt',
  'custom-function',
  'google',
  'apple',
] as const;

/** In place of a provider: there is none. */
const NOBODY = 'none';

/** What a provider needs: with it it is on by default, without it it cannot be named. */
export const PROVIDER_NEEDS: Readonly<Partial<Record<(typeof PROVIDERS)[number], string>>> = {
  'custom-jwt': 'CUSTOM_JWT_ISSUERS_FILE',
  'custom-function': 'FUNCTIONS_DIR',
  google: 'GOOGLE_CLIENT_IDS',
  apple: 'APPLE_CLIENT_IDS',
};

/** What App Services calls the ways to log in. */
export const PROVIDER_NAMES: Readonly<Record<(typeof PROVIDERS)[number], string>> = {
  anonymous: 'anon-user',
  'email-password': 'local-userpass',
  'api-key': 'api-key',
  'custom-jwt': 'custom-token',
  'custom-function': 'custom-function',
  google: 'oauth2-google',
  apple: 'oauth2-apple',
};

/** Signature algorithms the gateway can sign with (RFC 7518, RFC 8037). */
export const SIGNING_ALGS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;

/** An empty list is as good as none. */
const clientIds = list.transform((ids) => (ids.length === 0 ? undefined : ids));

/** In the order of the README's table. */
export const LOG_IN_VARIABLES = {
  ACCESS_TOKEN_TTL: {
    at: 'token.accessTtlSeconds',
    schema: duration('1m', '1d'),
    default: '30m',
    description: 'Life of an access token',
  },
  REFRESH_TOKEN_TTL: {
    at: 'token.refreshTtlSeconds',
    schema: duration('30m', '1825d'),
    default: '60d',
    description: 'Life of a refresh token',
  },
  SIGNING_ALG: {
    at: 'token.signingAlg',
    schema: oneOf(SIGNING_ALGS),
    default: 'ES256',
    description: `Signature algorithm: ${SIGNING_ALGS.map((alg) => `\`${alg}\``).join(', ')}`,
  },
  SIGNING_KEYS_FILE: {
    at: 'token.signingKeysFile',
    schema: z.string().optional(),
    description:
      'JWKS file with private signing keys: the first signs, all verify ([keys](docs/keys.md)). Unset: made on first start, kept in the store',
  },
  KEY_ROTATION_INTERVAL: {
    at: 'keys.rotationSeconds',
    schema: duration('1h', '1825d').optional(),
    description:
      'How long a key of the store signs before the next one does. Unset: until `custom-user-data keys rotate`',
  },
  KEY_ENCRYPTION_SECRETS: {
    at: 'keys.encryptionSecrets',
    schema: list.pipe(secrets).optional(),
    description:
      'Secrets that the keys in the store are encrypted with, 16 characters or more each: the first encrypts, all decrypt. Unset: they are not encrypted',
  },
  KEY_ENCRYPTION_SECRETS_FILE: {
    at: 'keys.encryptionSecretsFile',
    schema: z.string().optional(),
    description: 'File with these secrets instead, one a line',
  },
  PROVIDERS: {
    at: 'providers',
    schema: list
      .pipe(z.array(z.string()).min(1, 'must name at least one provider'))
      .transform((names) => (names.length === 1 && names[0] === NOBODY ? [] : names))
      .pipe(z.array(oneOf(PROVIDERS))),
    default: (isSet) => PROVIDERS.filter((name) => isSet(PROVIDER_NEEDS[name])).join(','),
    description:
      'Ways to log in. Unset: `anonymous,email-password,api-key`, and each of `custom-jwt`, `custom-function`, `google` and `apple` that is configured. `none`: nobody logs in',
  },
  CUSTOM_JWT_ISSUERS_FILE: {
    at: 'customJwtIssuersFile',
    schema: z.string().optional(),
    description: 'JSON file of the issuers whose tokens `custom-jwt` accepts',
  },
  GOOGLE_CLIENT_IDS: {
    at: 'google.clientIds',
    schema: clientIds.optional(),
    description: 'Client ids whose Google ID tokens `google` accepts',
  },
  GOOGLE_ISSUER: {
    at: 'google.issuer',
    schema: httpUrl,
    default: 'https://accounts.google.com',
    description: 'OpenID Connect issuer of Google ID tokens',
  },
  APPLE_CLIENT_IDS: {
    at: 'apple.clientIds',
    schema: clientIds.optional(),
    description: 'Client ids whose Apple ID tokens `apple` accepts',
  },
  APPLE_ISSUER: {
    at: 'apple.issuer',
    schema: httpUrl,
    default: 'https://appleid.apple.com',
    description: 'OpenID Connect issuer of Apple ID tokens',
  },
  EMAIL_CONFIRMATION: {
    at: 'email.confirmation',
    schema: oneOf(['automatic', 'email', 'function']),
    default: 'automatic',
    description: 'How a new e-mail address is confirmed: `automatic`, `email` or `function`',
  },
  EMAIL_CONFIRMATION_FUNCTION: {
    at: 'email.confirmationFunction',
    schema: z.string().optional(),
    description: 'Function that confirms, with `EMAIL_CONFIRMATION=function`',
  },
  EMAIL_CONFIRMATION_URL: {
    at: 'email.confirmationUrl',
    schema: httpUrl.optional(),
    description:
      'Page that confirmation links lead to; gets `token` and `tokenId`. Unset: a page of the gateway',
  },
  PASSWORD_RESET: {
    at: 'email.reset',
    schema: oneOf(['off', 'email', 'function']),
    default: (isSet) => (isSet('SMTP_URL') ? 'email' : 'off'),
    description:
      'How a forgotten password is replaced: `off`, `email` or `function`. Unset: `email` when `SMTP_URL` is given, else `off`',
  },
  PASSWORD_RESET_FUNCTION: {
    at: 'email.resetFunction',
    schema: z.string().optional(),
    description: 'Function that resets, with `PASSWORD_RESET=function`',
  },
  PASSWORD_RESET_URL: {
    at: 'email.resetUrl',
    schema: httpUrl.optional(),
    description:
      'Page that reset links lead to; gets `token` and `tokenId`. Unset: a page of the gateway',
  },
  PASSWORD_MIN_LENGTH: {
    at: 'email.passwordMinLength',
    schema: integer(6, 64),
    default: '8',
    description:
      'Characters that a new password must have at least; old ones go on logging in. App Services had 6',
  },
  RATE_LIMITS: {
    at: 'rateLimits',
    schema: rateLimits,
    default: DEFAULT_RATE_LIMITS,
    description:
      'How often strangers may fail to log in, register and so on, by operation ([limits](docs/limits.md#how-often)); those that are not named stay what they are by default. `off`: no limits',
  },
  ANONYMOUS_TTL: {
    at: 'anonymousTtlSeconds',
    schema: duration('1s', '3650d'),
    default: '90d',
    description:
      'After how long without use an anonymous account without a document is deleted ([accounts](docs/accounts.md#unused))',
  },
  REGISTRATION_TTL: {
    at: 'registrationTtlSeconds',
    schema: duration('1s', '3650d'),
    default: '7d',
    description: 'After how long an e-mail address that nobody has confirmed is given up',
  },
  SMTP_URL: {
    at: 'email.smtpUrl',
    schema: name('an smtp:// or smtps:// URL', /^smtps?:\/\/./).optional(),
    description: 'Mail server, such as `smtps://user:password@mail.example.com`',
  },
  EMAIL_FROM: {
    at: 'email.from',
    schema: name(
      'an address, perhaps with a name before it',
      /^[^\r\n]*[^\s@<]@[^\s@]+$/,
    ).optional(),
    description: 'Sender of e-mails, such as `"My App" <no-reply@example.com>`',
  },
  EMAIL_TEMPLATES_DIR: {
    at: 'email.templatesDir',
    schema: z.string().optional(),
    description:
      'Directory whose e-mail templates and texts of pages replace the built-in ones, also in other languages ([accounts](docs/accounts.md#languages))',
  },
  EMAIL_LANGUAGE: {
    at: 'email.language',
    schema: languageTag,
    default: 'en',
    description: 'Language of the files in `EMAIL_TEMPLATES_DIR` that name none',
  },
  EMAIL_LANGUAGE_FIELD: {
    at: 'email.languageField',
    schema: name(
      'the path of a field, such as "settings.language"',
      /^[^.$\p{Cc}][^.\p{Cc}]{0,99}(?:\.[^.$\p{Cc}][^.\p{Cc}]{0,99}){0,9}$/u,
    ).optional(),
    description:
      'Field of the document that holds the language of the user, such as `settings.language`. Unset: only the browser says it',
  },
} as const satisfies Record<string, Variable>;
