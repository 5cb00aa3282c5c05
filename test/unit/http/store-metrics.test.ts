import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { serviceUnavailable } from '../../../src/errors.ts';
import { createStoreMetrics } from '../../../src/http/store-metrics.ts';
import { DuplicateKeyError } from '../../../src/store/port.ts';

const OF = { operation: 'find', collection: 'accounts' };

test('each operation is timed and answered as it was; a failure is counted by its code', async () => {
  const registry = new Registry();
  const observe = createStoreMetrics(registry);
  expect(await observe(OF, async () => 'found')).toBe('found');
  for (const error of [serviceUnavailable(null), new Error('a bug'), new DuplicateKeyError('x')]) {
    await expect(observe(OF, () => Promise.reject(error))).rejects.toBe(error);
  }
  const text = await registry.metrics();
  expect(text).toContain('store_operation_duration_seconds_count{operation="find"} 4');
  expect(text).toContain('store_errors_total{operation="find",code="SERVICE_UNAVAILABLE"} 1');
  expect(text).toContain('store_errors_total{operation="find",code="INTERNAL_SERVER_ERROR"} 1');
  expect(text.match(/^store_errors_total\{/gm)).toHaveLength(2);
});

test('an operation is begun at once, so that operations keep their order', () => {
  const observe = createStoreMetrics(new Registry());
  let isBegun = false;
  void observe(OF, async () => {
    isBegun = true;
  });
  expect(isBegun).toBe(true);
});
