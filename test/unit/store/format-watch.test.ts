import { expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import { watchFormat } from '../../../src/store/format-watch.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';

const INTERVAL = 5;

/** A store that says versions one after the other, and the last one again and again. */
async function watch(...answers: readonly (number | null | Error)[]) {
  const said: string[] = [];
  let asked = 0;
  let closed = (): void => undefined;
  const closing = new Promise<void>((resolve) => {
    closed = resolve;
  });
  let waiting: { readonly count: number; readonly go: () => void } | undefined;
  const collection = {
    within: () => collection,
    async findOne() {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? null;
      asked += 1;
      if (waiting !== undefined && asked >= waiting.count) waiting.go();
      if (answer instanceof Error) throw answer;
      return answer === null ? null : { version: answer };
    },
  } as unknown as DocumentCollection;
  const end = await watchFormat(
    {
      collection: async () => collection,
      close: async () => {
        said.push('closed');
        closed();
      },
    },
    {
      version: 2,
      interval: INTERVAL,
      log: { error: () => said.push('error'), warn: () => said.push('warn') },
    },
  );
  const afterLooks = (count: number) =>
    new Promise<void>((go) => {
      waiting = { count, go };
    });
  return { said, closing, afterLooks, end, asked: () => asked };
}

test('a store that a newer version has brought up to date is closed, and the log says so once', async () => {
  const { closing, end, said } = await watch(2, 2, 3);
  await closing;
  await end();
  expect(said).toEqual(['error', 'closed']);
});

test.each([2, 1, null])('a store of version %s stays open', async (version) => {
  const { afterLooks, end, said } = await watch(version);
  await afterLooks(5);
  await end();
  expect(said).toEqual([]);
});

test('an outage is no newer version, and the watch goes on after it', async () => {
  const { closing, end, said } = await watch(serviceUnavailable(null), 2, 3);
  await closing;
  await end();
  expect(said).toEqual(['error', 'closed']);
});

test('what else fails is said, and closes nothing', async () => {
  const { afterLooks, end, said } = await watch(new Error('a fault'), 2);
  await afterLooks(3);
  await end();
  expect(said).toEqual(['warn']);
});

test('nothing is read once it has ended', async () => {
  const { afterLooks, asked, end } = await watch(2);
  await afterLooks(2);
  await end();
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 5 * INTERVAL));
  expect(asked()).toBe(before);
});
