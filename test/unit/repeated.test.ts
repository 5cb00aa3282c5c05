import { EventEmitter, once } from 'node:events';
import { expect, test } from '@jest/globals';
import { createRepeated } from '../../src/repeated.ts';

test('of repeated work there is one at a time, which all wait for', async () => {
  const events = new EventEmitter();
  let begun = 0;
  const repeated = createRepeated(async () => {
    begun += 1;
    await once(events, 'go on');
  }, 60_000);
  const runs = [repeated.run(), repeated.run()];
  expect(begun).toBe(1);
  const stopped = repeated.stop();
  events.emit('go on');
  await Promise.all([...runs, stopped]);
  const again = repeated.run();
  expect(begun).toBe(2);
  events.emit('go on');
  await again;
});

test('repeated work goes on from its start to its stop', async () => {
  const events = new EventEmitter();
  const repeated = createRepeated(async () => void events.emit('done'), 1);
  repeated.start();
  await once(events, 'done');
  await once(events, 'done');
  await repeated.stop();
  let isDone = false;
  events.once('done', () => {
    isDone = true;
  });
  // Longer than it would take: timers run in the order of their times.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isDone).toBe(false);
});
