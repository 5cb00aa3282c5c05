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
