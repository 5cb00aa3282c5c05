import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { createHistogram, DURATIONS } from '../../../src/http/histogram.ts';

const name = 'some_seconds';
const help = 'Something that takes time';
const buckets = [...DURATIONS];

const observation = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  status: fc.constantFrom(200, 401),
  // Sums of multiples of a power of two are exact, in whatever order.
  seconds: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 20 }).map((n) => n / 2 ** 16),
    fc.constantFrom(0.25, 0.5, 1, 2.5, 5),
  ),
});

/** Without what only exemplars are for, which there are none of. */
async function told(registry: Registry): Promise<unknown> {
  const text = JSON.stringify(await registry.getMetricsAsJSON());
  return JSON.parse(text, (member, value) => (member === 'exemplar' ? undefined : value));
}

test('what is exposed is what the histogram of prom-client exposes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const registry = new Registry();
      const of = createHistogram(registry, { name, help, bounds: DURATIONS });
      const series = new Map<string, (seconds: number) => void>();
      const reference = new Registry();
      const labelNames = ['method', 'status'];
      const histogram = new Histogram({ name, help, labelNames, buckets, registers: [reference] });
      for (const { method, seconds, status } of observations) {
        const key = `${method} ${status}`;
        const observe = series.get(key) ?? of({ method, status });
        series.set(key, observe);
        observe(seconds);
        histogram.observe({ method, status }, seconds);
      }
      expect(await registry.metrics()).toBe(await reference.metrics());
      // What other processes are told, to be summed up.
      expect(await told(registry)).toEqual(await told(reference));
    }),
  );
});
