import { expect, test } from '@jest/globals';
import { parseConfig } from '../../src/config.ts';

test('an empty environment is a complete configuration', () => {
  const result = parseConfig({});
  expect(result.type).toBe('ok');
});

test('every problem is reported together', () => {
  const result = parseConfig({ PORT: '70000', TRUST_PROXY: 'yes', ACCESS_TOKEN_TTL: '1y' });
  expect(result).toEqual({
    type: 'error',
    problems: [
      'PORT must be an integer between 0 and 65535',
      expect.stringContaining('TRUST_PROXY must be "true", "false", a number'),
      'ACCESS_TOKEN_TTL must be a duration such as "30m", between 1m and 1d',
    ],
  });
});

test.each<[env: Record<string, string>, problem: string]>([
  [
    { KEY_ENCRYPTION_SECRETS: 'a secret of many characters,short' },
    'KEY_ENCRYPTION_SECRETS must hold secrets of 16 characters or more',
  ],
  [
    { KEY_ENCRYPTION_SECRETS: Array(21).fill('a secret of many characters').join(',') },
    'KEY_ENCRYPTION_SECRETS must hold 20 secrets or fewer',
  ],
  [
    { KEY_ENCRYPTION_SECRETS: 'a secret of many characters', KEY_ENCRYPTION_SECRETS_FILE: 'file' },
    'KEY_ENCRYPTION_SECRETS and KEY_ENCRYPTION_SECRETS_FILE exclude each other',
  ],
  [
    { KEY_ROTATION_INTERVAL: '1d', SIGNING_KEYS_FILE: 'keys.json' },
    'KEY_ROTATION_INTERVAL is for keys in the store, and SIGNING_KEYS_FILE is set',
  ],
  [
    { KEY_ROTATION_INTERVAL: '10m' },
    'KEY_ROTATION_INTERVAL must be a duration such as "30m", between 1h and 1825d',
  ],
])('%j is refused, and no secret is quoted', (env, problem) => {
  expect(parseConfig(env)).toEqual({ type: 'error', problems: [problem] });
});

test('secrets of keys are a list, and an empty one is none', () => {
  const secretsOf = (KEY_ENCRYPTION_SECRETS: string) => {
    const result = parseConfig({ KEY_ENCRYPTION_SECRETS });
    return result.type === 'ok' ? result.config.keys.encryptionSecrets : result.problems;
  };
  expect(secretsOf('the first of the secrets, the second of the secrets')).toEqual([
    'the first of the secrets',
    'the second of the secrets',
  ]);
  expect(secretsOf(' , ')).toBeUndefined();
});
