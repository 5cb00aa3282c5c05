import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../../src/config.ts';
import { createDeadline } from '../../../../src/deadline.ts';
import { GatewayError } from '../../../../src/errors.ts';
import { createCounts } from '../../../../src/session/limits/counts.ts';
import { createRequestLimits } from '../../../../src/session/limits/limits.ts';

const START = 60_000 * 29_000_000;
const WRONG = new GatewayError('INVALID_CREDENTIALS', {});
const LIMITED = expect.objectContaining({ code: 'RATE_LIMITED' });

function setUp(text = 'logIn=10/15m') {
  const parsed = parseConfig({ RATE_LIMITS: text });
  if (parsed.type === 'error') throw new Error(parsed.problems.join());
  const waits: number[] = [];
  const parts = {
    limits: parsed.config.rateLimits,
    counts: createCounts({ now: () => START }),
    secret: 'secret',
    sleep: async (milliseconds: number) => waits.push(milliseconds),
  };
  const from = (ip: string) => createRequestLimits(parts, { ip }, createDeadline());
  const guess = (ip: string, account: string | undefined, run: () => Promise<unknown>) =>
    from(ip).guess({
      operation: 'logIn',
      account,
      isWrong: (error) => error === WRONG,
      run,
    });
  return {
    waits,
    from,
    wrong: (ip: string, account?: string) => guess(ip, account, () => Promise.reject(WRONG)),
    right: (ip: string, account?: string) => guess(ip, account, async () => 'in'),
    failing: (ip: string, account: string, error: Error) =>
      guess(ip, account, () => Promise.reject(error)),
  };
}

async function times(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index += 1) await run(index).catch(() => undefined);
}

describe('guesses at an account', () => {
  test('from one address are let through ten times', async () => {
    const { right, wrong } = setUp();
    for (let index = 0; index < 10; index += 1) {
      await expect(wrong('192.0.2.1', 'ada')).rejects.toBe(WRONG);
    }
    await expect(wrong('192.0.2.1', 'ada')).rejects.toEqual(LIMITED);
    await expect(right('192.0.2.1', 'ada')).rejects.toEqual(LIMITED);
    expect(await right('192.0.2.2', 'ada')).toBe('in');
    expect(await right('192.0.2.1', 'bob')).toBe('in');
  });

  test('at once are let through ten times as well', async () => {
    const { wrong } = setUp();
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => wrong('::1', 'ada')));
    const reasons = all.map((each) => (each.status === 'rejected' ? each.reason : undefined));
    expect(reasons.filter((reason) => reason === WRONG)).toHaveLength(10);
  });

  test('that are right, or that nobody could judge, do not count', async () => {
    const { failing, right, wrong } = setUp();
    await times(50, () => right('192.0.2.1', 'ada'));
    const away = new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 });
    await times(50, () => failing('192.0.2.1', 'ada', away));
    await expect(wrong('192.0.2.1', 'ada')).rejects.toBe(WRONG);
  });

  test('from many addresses never lock it: they wait, two seconds at most', async () => {
    const { right, waits, wrong } = setUp();
    await times(30, (index) => wrong(`192.0.2.${index}`, 'ada'));
    expect(waits).toEqual([]);
    await times(15, (index) => wrong(`198.51.100.${index}`, 'ada'));
    await times(500, (index) => wrong(`203.0.113.${index % 250}`, 'ada'));
    expect(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0))).toBe(true);
    expect(await right('10.0.0.1', 'ada')).toBe('in');
    expect(waits.at(-1)).toBe(2000);
    await right('10.0.0.1', 'bob');
    expect(waits.at(-1)).toBe(2000);
    expect(waits).toHaveLength(15 + 500);
  });
});

describe('an address', () => {
  test('may be wrong a hundred times over all accounts, by whatever it logs in', async () => {
    const { right, wrong } = setUp();
    await times(60, (index) => wrong('2001:db8::1', `user-${index}`));
    await times(40, () => wrong('2001:db8::2'));
    await expect(right('2001:db8::3', 'somebody')).rejects.toEqual(LIMITED);
    await expect(right('2001:db8::3')).rejects.toEqual(LIMITED);
    expect(await right('2001:db8:0:1::3', 'somebody')).toBe('in');
  });

  test('of a school logs in as often as its five hundred users like', async () => {
    const { right, wrong } = setUp();
    await times(1500, (index) => right('192.0.2.1', `user-${index % 500}`));
    await times(50, (index) => wrong('192.0.2.1', `user-${index}`));
    expect(await right('192.0.2.1', 'user-7')).toBe('in');
  });

  test('makes so many anonymous accounts, and no more', async () => {
    const { from } = setUp('logIn.anonymous=3/1h');
    const make = (ip: string) => from(ip).spend('logIn.anonymous', async () => 'made');
    for (let index = 0; index < 3; index += 1) expect(await make('192.0.2.1')).toBe('made');
    await expect(make('::ffff:192.0.2.1')).rejects.toEqual(LIMITED);
    expect(await make('192.0.2.2')).toBe('made');
  });

  test('has one account mailed ten times, and ten of them', async () => {
    const { from } = setUp('sendResetPasswordEmail=10/1h');
    let mailed = 0;
    const mail = (account: string) =>
      from('192.0.2.1').spend('sendResetPasswordEmail', async () => (mailed += 1), account);
    await times(20, () => mail('ada'));
    expect(mailed).toBe(10);
    await times(200, (index) => mail(`user-${index}`));
    expect(mailed).toBe(100);
  });
});

test('without limits nothing is counted', async () => {
  const { wrong } = setUp('off');
  await times(1000, () => wrong('192.0.2.1', 'ada'));
  await expect(wrong('192.0.2.1', 'ada')).rejects.toBe(WRONG);
});
