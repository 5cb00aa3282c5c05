import { expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../../src/errors.ts';
import { createWriteWatch } from '../../../../src/store/mongodb/write-watch.ts';

/** A watch whose probes can be made to fail or to wait. */
function create() {
  const state = { time: 0, probes: 0, isDown: false, held: Promise.resolve() };
  const watch = createWriteWatch(
    async () => {
      state.probes += 1;
      await state.held;
      if (state.isDown) throw serviceUnavailable(new Error('No answer'));
    },
    () => state.time,
  );
  return { state, watch };
}

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' });

test('while writes go well nothing is written to find out', async () => {
  const { state, watch } = create();
  watch.note(true);
  await watch.assertWritable();
  expect(state.probes).toBe(0);
});

test('after a write without an answer a small one is tried, until one succeeds', async () => {
  const { state, watch } = create();
  state.isDown = true;
  watch.note(false);
  await expect(watch.assertWritable()).rejects.toEqual(unavailable);
  state.isDown = false;
  state.time += 1000;
  await watch.assertWritable();
  await watch.assertWritable();
  expect(state.probes).toBe(2);
});

test("a client's write that succeeds says as much as one of our own", async () => {
  const { state, watch } = create();
  watch.note(false);
  watch.note(true);
  await watch.assertWritable();
  expect(state.probes).toBe(0);
});

test('however often it is asked, one is tried a second, and one at a time', async () => {
  const { state, watch } = create();
  state.isDown = true;
  watch.note(false);
  let release: () => void = () => undefined;
  state.held = new Promise((resolve) => {
    release = resolve;
  });
  const asked = [1, 2, 3].map(() => watch.assertWritable().catch((error: unknown) => error));
  state.time += 5000;
  asked.push(watch.assertWritable().catch((error: unknown) => error));
  release();
  expect(await Promise.all(asked)).toEqual([unavailable, unavailable, unavailable, unavailable]);
  expect(state.probes).toBe(1);
  state.time += 999;
  await expect(watch.assertWritable()).rejects.toEqual(unavailable);
  expect(state.probes).toBe(2);
  state.time += 999;
  await expect(watch.assertWritable()).rejects.toEqual(unavailable);
  expect(state.probes).toBe(2);
});
