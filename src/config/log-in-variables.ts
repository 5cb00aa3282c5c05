/** Variables of tokens and of the ways to log in. */
import { z } from 'zod';
import { duration, httpUrl, list, name, oneOf } from './values.ts';
import type { Variable } from './variable.ts';

/** Ways to log in that can be switched on, in the spelling of `PROVIDERS`. */
export const PROVIDERS = [
  'anonymous',
  'email-password',
  'api-key',
  'custom-jwt',
  'custom-function',
  'google',
  'apple',
] as const;

/** Signature algorithms the gateway can sign with (RFC 7518, RFC 8037). */
export const SIGNING_ALGS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;

/** How a new e-mail address is confirmed. */
const EMAIL_CONFIRMATIONS = ['automatic', 'email', 'function'] as const;

/** How a forgotten password is replaced. */
export const PASSWORD_RESETS = ['off', 'email', 'function'] as const;

/** In the order of the README's table. */
export const LOG_IN_VARIABLES = {
  ACCESS_TOKEN_TTL: {
    schema: duration('1m', '1d'),
    default: '30m',
    description: 'Life of an access token',
  },
  REFRESH_TOKEN_TTL: {
    schema: duration('30m', '1825d'),
    default: '60d',
    description: 'Life of a refresh token',
  },
  SIGNING_ALG: {
    schema: oneOf(SIGNING_ALGS),
    default: 'ES256',
    description: `Signature algorithm: ${SIGNING_ALGS.map((alg) => `\`${alg}\``).join(', ')}`,
  },
  SIGNING_KEYS_FILE: {
    schema: z.string().optional(),
    description:
      'JWKS file with private signing keys. Unset: made on first start, kept in the store',
  },
  PROVIDERS: {
    schema: list
      .pipe(z.array(oneOf(PROVIDERS)).min(1, 'must name at least one provider'))
      .optional(),
    description:
      'Ways to log in. Unset: `anonymous,email-password,api-key`, and each of `custom-jwt`, `custom-function`, `google` and `apple` that is configured',
  },
  CUSTOM_JWT_ISSUERS_FILE: {
    schema: z.string().optional(),
    description: 'JSON file of the issuers whose tokens `custom-jwt` accepts',
  },
  GOOGLE_CLIENT_IDS: {
    schema: list.optional(),
    description: 'Client ids whose Google ID tokens `google` accepts',
  },
  GOOGLE_ISSUER: {
    schema: httpUrl,
    default: 'https://accounts.google.com',
    description: 'OpenID Connect issuer of Google ID tokens',
  },
  APPLE_CLIENT_IDS: {
    schema: list.optional(),
    description: 'Client ids whose Apple ID tokens `apple` accepts',
  },
  APPLE_ISSUER: {
    schema: httpUrl,
    default: 'https://appleid.apple.com',
    description: 'OpenID Connect issuer of Apple ID tokens',
  },
  EMAIL_CONFIRMATION: {
    schema: oneOf(EMAIL_CONFIRMATIONS),
    default: 'automatic',
    description: 'How a new e-mail address is confirmed: `automatic`, `email` or `function`',
  },
  EMAIL_CONFIRMATION_FUNCTION: {
    schema: z.string().optional(),
    description: 'Function that confirms, with `EMAIL_CONFIRMATION=function`',
  },
  EMAIL_CONFIRMATION_URL: {
    schema: httpUrl.optional(),
    description:
      'Page that confirmation links lead to; gets `token` and `tokenId`. Unset: a page of the gateway',
  },
  PASSWORD_RESET: {
    schema: oneOf(PASSWORD_RESETS).optional(),
    description:
      'How a forgotten password is replaced: `off`, `email` or `function`. Unset: `email` when `SMTP_URL` is given, else `off`',
  },
  PASSWORD_RESET_FUNCTION: {
    schema: z.string().optional(),
    description: 'Function that resets, with `PASSWORD_RESET=function`',
  },
  PASSWORD_RESET_URL: {
    schema: httpUrl.optional(),
    description:
      'Page that reset links lead to; gets `token` and `tokenId`. Unset: a page of the gateway',
  },
  SMTP_URL: {
    schema: name('an smtp:// or smtps:// URL', /^smtps?:\/\/./).optional(),
    description: 'Mail server, such as `smtps://user:password@mail.example.com`',
  },
  EMAIL_FROM: {
    schema: name(
      'an address, perhaps with a name before it',
      /^[^\r\n]*[^\s@<]@[^\s@]+$/,
    ).optional(),
    description: 'Sender of e-mails, such as `"My App" <no-reply@example.com>`',
  },
  EMAIL_TEMPLATES_DIR: {
    schema: z.string().optional(),
    description: 'Directory whose e-mail templates replace the built-in ones',
  },
} as const satisfies Record<string, Variable>;
