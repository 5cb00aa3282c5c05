import { expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../../src/errors.ts';
import type { Environment } from '../../../../src/store/embedded/environment.ts';
import { watchWrites } from '../../../../src/store/embedded/write-watch.ts';

/** An environment of which only writes and the room are asked for. */
function createEnvironment() {
  const state = { isLocked: false, isFull: false, writes: 0 };
  const environment = {
    async write<T>(run: () => T): Promise<T> {
      state.writes += 1;
      if (state.isLocked) throw serviceUnavailable(new Error('The lock was not free'));
      return run();
    },
    admit() {
      if (state.isFull) throw serviceUnavailable(new Error('There is no room'));
    },
  };
  return { state, watched: watchWrites(environment as unknown as Environment) };
}

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' });

test('while writes go well the probe writes nothing', async () => {
  const { state, watched } = createEnvironment();
  expect(await watched.write(() => 'done')).toBe('done');
  await watched.assertWritable();
  expect(state.writes).toBe(1);
});

test('after a write that failed the probe tries one, until it succeeds', async () => {
  const { state, watched } = createEnvironment();
  state.isLocked = true;
  await expect(watched.write(() => 'done')).rejects.toEqual(unavailable);
  await expect(watched.assertWritable()).rejects.toEqual(unavailable);
  state.isLocked = false;
  await watched.assertWritable();
  await watched.assertWritable();
  expect(state.writes).toBe(3);
});

test('an error of the caller is no failure of the store', async () => {
  const { state, watched } = createEnvironment();
  const failing = watched.write(() => {
    throw new Error('A unique index');
  });
  await expect(failing).rejects.toThrow('A unique index');
  await watched.assertWritable();
  expect(state.writes).toBe(1);
});

test('without room it is not writable', async () => {
  const { state, watched } = createEnvironment();
  state.isFull = true;
  await expect(watched.assertWritable()).rejects.toEqual(unavailable);
});
