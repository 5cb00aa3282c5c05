import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../src/config.ts';

function limitsOf(text?: string) {
  const parsed = parseConfig(text === undefined ? {} : { RATE_LIMITS: text });
  if (parsed.type === 'error') throw new Error(parsed.problems.join());
  return parsed.config.rateLimits;
}

describe('RATE_LIMITS', () => {
  test('changes what it names and leaves the rest as it is', () => {
    const limits = limitsOf('logIn=5/1m, registerUser = 20/1h ,logIn.anonymous=off');
    expect(limits).toEqual({
      ...limitsOf(),
      logIn: { limit: 5, milliseconds: 60_000 },
      registerUser: { limit: 20, milliseconds: 3_600_000 },
      'logIn.anonymous': null,
    });
    expect(limitsOf()['logIn']).toEqual({ limit: 10, milliseconds: 900_000 });
  });

  test('off: none at all', () => {
    expect(new Set(Object.values(limitsOf('off')))).toEqual(new Set([null]));
  });

  test.each([
    ['a name that is none', 'login=10/15m', 'must be "off" or limits such as'],
    ['an inherited name', 'constructor=10/15m', 'must be "off" or limits such as'],
    ['nothing at all', ',', 'must be "off" or limits such as'],
    ['zero', 'logIn=0/15m', 'must give logIn a limit'],
    ['no time', 'logIn=10', 'must give logIn a limit'],
    ['no time at all', 'logIn=10/0s', 'must give logIn a limit'],
    ['too short a time', 'logIn=10/1ms', 'must give logIn a limit'],
    ['too long a time', 'logIn=10/2d', 'must give logIn a limit'],
    ['a part', 'logIn=1.5/1m', 'must give logIn a limit'],
    ['less than nothing', 'logIn=-1/1m', 'must give logIn a limit'],
    ['too many', 'logIn=1000001/1m', 'must give logIn a limit'],
    ['an unknown unit', 'logIn=10/1w', 'must give logIn a limit'],
    ['two limits in one', 'logIn=10/1m=3', 'must give logIn a limit'],
    ['two limits', 'logIn=10/1m,logIn=11/1m', 'must give logIn one limit'],
  ])('%s is a problem', (_what, text, problem) => {
    const parsed = parseConfig({ RATE_LIMITS: text });
    expect(parsed.type).toBe('error');
    const [found = ''] = parsed.type === 'error' ? parsed.problems : [];
    expect(found).toContain(`RATE_LIMITS ${problem}`);
  });
});

describe('TRUST_PROXY', () => {
  const proxiesOf = (text: string) => {
    const parsed = parseConfig({ TRUST_PROXY: text });
    return parsed.type === 'ok' ? parsed.config.trustProxy : parsed.problems;
  };

  test.each([
    ['true', true],
    ['false', false],
    ['1', 1],
    ['32', 32],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['192.0.2.7, 2001:db8::/32 ,loopback', ['192.0.2.7', '2001:db8::/32', 'loopback']],
  ])('%s is good', (text, proxies) => {
    expect(proxiesOf(text)).toEqual(proxies);
  });

  test.each([
    'yes',
    '0',
    '33',
    '-1',
    '1.5',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'proxy.example',
    '10.0.0.1,',
  ])('%s is a problem', (text) => {
    expect(proxiesOf(text)).toEqual([
      'TRUST_PROXY must be "true", "false", a number of proxies between 1 and 32, or addresses such as "10.0.0.0/8"',
    ]);
  });
});
