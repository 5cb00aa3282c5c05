/** What single variables cannot say: settings that need each other. */
import type { Config } from './types.ts';

/** One line for every setting that lacks another. */
export function findConflicts(config: Config): string[] {
  const { email, functions, providers, token } = config;
  const needs: readonly (readonly [when: boolean, problem: string])[] = [
    [
      providers.includes('custom-jwt') && config.customJwtIssuersFile === undefined,
      'PROVIDERS names custom-jwt, which needs CUSTOM_JWT_ISSUERS_FILE',
    ],
    [
      providers.includes('custom-function') && functions.dir === undefined,
      'PROVIDERS names custom-function, which needs FUNCTIONS_DIR',
    ],
    [
      providers.includes('google') && config.google === undefined,
      'PROVIDERS names google, which needs GOOGLE_CLIENT_IDS',
    ],
    [
      providers.includes('apple') && config.apple === undefined,
      'PROVIDERS names apple, which needs APPLE_CLIENT_IDS',
    ],
    [
      token.refreshTtlSeconds < token.accessTtlSeconds,
      'REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL',
    ],
    [
      email.confirmation === 'email' && email.smtpUrl === undefined,
      'EMAIL_CONFIRMATION is email, which needs SMTP_URL',
    ],
    [
      email.reset === 'email' && email.smtpUrl === undefined,
      'PASSWORD_RESET is email, which needs SMTP_URL',
    ],
    [email.smtpUrl !== undefined && email.from === undefined, 'SMTP_URL needs EMAIL_FROM'],
    [
      email.confirmation === 'function' && email.confirmationFunction === undefined,
      'EMAIL_CONFIRMATION is function, which needs EMAIL_CONFIRMATION_FUNCTION',
    ],
    [
      email.reset === 'function' && email.resetFunction === undefined,
      'PASSWORD_RESET is function, which needs PASSWORD_RESET_FUNCTION',
    ],
    [
      functions.dir === undefined &&
        (email.confirmation === 'function' ||
          email.reset === 'function' ||
          functions.onUserCreation !== undefined),
      'A function is named, which needs FUNCTIONS_DIR',
    ],
  ];
  return needs.filter(([when]) => when).map(([, problem]) => problem);
}
