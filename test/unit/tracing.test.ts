import { afterEach, describe, expect, test } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { openTracing } from '../../src/tracing.ts';

describe('tracing', () => {
  afterEach(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  test('is not there unless an SDK was loaded', async () => {
    expect(await openTracing()).toBeNull();
    new NodeTracerProvider().register();
    expect(await openTracing()).not.toBeNull();
  });

  test('has what was traced exported when the gateway stops, and does not fail if that fails', async () => {
    let flushed = 0;
    const processor = {
      onStart: () => undefined,
      onEnd: () => undefined,
      forceFlush: async () => {
        flushed += 1;
        throw new Error('the collector is away');
      },
      shutdown: async () => undefined,
    };
    new NodeTracerProvider({ spanProcessors: [processor] }).register();
    await (await openTracing())?.flush();
    expect(flushed).toBe(1);
  });
});
