import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { GatewayError } from '../../../src/errors.ts';
import { createUseCaseMetrics } from '../../../src/http/use-case-metrics.ts';

function setUp() {
  const registry = new Registry();
  return { ...createUseCaseMetrics(registry), text: () => registry.metrics() };
}

test('log-ins are counted by provider and result, ended sessions by reason, each of many', async () => {
  const { countUserEvent, text } = setUp();
  const [userId, sessionId] = ['u', 's'];
  const provider = 'google';
  countUserEvent({ type: 'LOGGED_IN', provider, userId, sessionId });
  countUserEvent({ type: 'LOG_IN_REFUSED', provider, reason: 'INVALID_CREDENTIALS' });
  countUserEvent({ type: 'TOKEN_REUSED', userId, sessionId });
  countUserEvent({ type: 'SESSION_ENDED', userId, sessionId, reason: 'TOKEN_REUSED' });
  countUserEvent({ type: 'SESSIONS_ENDED', userId, reason: 'PASSWORD_RESET', sessions: 3 });
  countUserEvent({ type: 'USER_ENABLED', userId });
  const lines = (await text()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'log_ins_total{provider="google",result="accepted"} 1',
      'log_ins_total{provider="google",result="refused"} 1',
      'refresh_token_reuses_total 1',
      'sessions_ended_total{reason="TOKEN_REUSED"} 1',
      'sessions_ended_total{reason="PASSWORD_RESET"} 3',
    ]),
  );
});

test('mails are counted as sent or failed, and fail as they did', async () => {
  const { observeMail, text } = setUp();
  await observeMail('reset', async () => undefined);
  const error = new Error('refused');
  await expect(observeMail('confirmation', () => Promise.reject(error))).rejects.toBe(error);
  expect(await text()).toContain('mails_total{kind="reset",result="sent"} 1');
  expect(await text()).toContain('mails_total{kind="confirmation",result="failed"} 1');
});

test('calls of functions are timed by function and what came of them', async () => {
  const { observeCall, text } = setUp();
  expect(await observeCall('sum', async () => 3)).toBe(3);
  const error = new GatewayError('FUNCTION_FAILED', { function: 'sum' });
  await expect(observeCall('sum', () => Promise.reject(error))).rejects.toBe(error);
  const counts = (await text()).split('\n').filter((line) => line.includes('_seconds_count'));
  expect(counts).toEqual([
    'function_call_duration_seconds_count{function="sum",result="ok"} 1',
    'function_call_duration_seconds_count{function="sum",result="FUNCTION_FAILED"} 1',
  ]);
});

test('the queue of passwords is as long as it is when it is asked for', async () => {
  const { text, watchPasswordQueue } = setUp();
  expect(await text()).toContain('password_hashes_waiting 0');
  watchPasswordQueue(() => 7);
  expect(await text()).toContain('password_hashes_waiting 7');
});

test('the sizes of tokens are told in buckets', async () => {
  const { observeTokenBytes, text } = setUp();
  observeTokenBytes(1000);
  expect(await text()).toContain('access_token_bytes_bucket{le="768"} 0');
  expect(await text()).toContain('access_token_bytes_bucket{le="1024"} 1');
});
