/** What single variables cannot say: settings that need each other. */
import { PROVIDER_NEEDS } from './log-in-variables.ts';
import type { Values } from './variables.ts';

/** One line for every setting that lacks another. */
export function findConflicts(values: Values): string[] {
  const isMissing = (name: string) => values[name as keyof Values] === undefined;
  const needs = (when: boolean, what: string, variable: string) =>
    when && isMissing(variable) ? [`${what} needs ${variable}`] : [];
  const { EMAIL_CONFIRMATION: confirmation, PASSWORD_RESET: reset } = values;
  const isFunctionNamed =
    confirmation === 'function' || reset === 'function' || !isMissing('ON_USER_CREATION_FUNCTION');
  return [
    ...Object.entries(PROVIDER_NEEDS).flatMap(([provider, variable]) => {
      const isOn = values.PROVIDERS.some((name) => name === provider);
      return needs(isOn, `PROVIDERS names ${provider}, which`, variable);
    }),
    ...(values.REFRESH_TOKEN_TTL < values.ACCESS_TOKEN_TTL
      ? ['REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL']
      : []),
    ...(isMissing('KEY_ENCRYPTION_SECRETS') || isMissing('KEY_ENCRYPTION_SECRETS_FILE')
      ? []
      : ['KEY_ENCRYPTION_SECRETS and KEY_ENCRYPTION_SECRETS_FILE exclude each other']),
    ...(isMissing('KEY_ROTATION_INTERVAL') || isMissing('SIGNING_KEYS_FILE')
      ? []
      : ['KEY_ROTATION_INTERVAL is for keys in the store, and SIGNING_KEYS_FILE is set']),
    ...needs(confirmation === 'email', 'EMAIL_CONFIRMATION is email, which', 'SMTP_URL'),
    ...needs(reset === 'email', 'PASSWORD_RESET is email, which', 'SMTP_URL'),
    ...needs(!isMissing('SMTP_URL'), 'SMTP_URL', 'EMAIL_FROM'),
    ...needs(
      confirmation === 'function',
      'EMAIL_CONFIRMATION is function, which',
      'EMAIL_CONFIRMATION_FUNCTION',
    ),
    ...needs(reset === 'function', 'PASSWORD_RESET is function, which', 'PASSWORD_RESET_FUNCTION'),
    ...needs(isFunctionNamed, 'A function is named, which', 'FUNCTIONS_DIR'),
  ];
}
