import { describe, expect, test } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { createDeadline } from '../../../../src/deadline.ts';
import { createRunner } from '../../../../src/store/mongodb/runner.ts';

/** An operation that fails with each code in turn and then succeeds; it counts its calls. */
function failing(...codes: number[]) {
  const left = [...codes];
  const operation = () => {
    operation.calls += 1;
    const code = left.shift();
    return code === undefined
      ? Promise.resolve('done')
      : Promise.reject(new MongoServerError({ code }));
  };
  operation.calls = 0;
  return operation;
}

describe('running an operation', () => {
  test('repeats it after a write conflict', async () => {
    const operation = failing(112, 112);
    expect(await createRunner(1000).run(operation)).toBe('done');
    expect(operation.calls).toBe(3);
  });

  test('repeats it after a duplicate key only if it may be a lost race', async () => {
    const upsert = failing(11000, 112, 11000);
    expect(await createRunner(1000).run(upsert, { retryDuplicateKey: true })).toBe('done');
    const insertion = failing(11000);
    await expect(createRunner(1000).run(insertion)).rejects.toMatchObject({
      name: 'DuplicateKeyError',
    });
    expect(insertion.calls).toBe(1);
  });

  test('does not repeat what may have been applied in part', async () => {
    const operation = failing(112);
    const run = createRunner(1000).run(operation, { isRepeatable: false });
    await expect(run).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(operation.calls).toBe(1);
  });

  test('translates the last failure as it is told to', async () => {
    const translate = () => new Error('translated');
    const run = createRunner(1000).run(failing(121), { translate });
    await expect(run).rejects.toThrow('translated');
  });

  test('gives up after four repetitions', async () => {
    const operation = failing(...Array.from({ length: 10 }, () => 11000));
    const result = createRunner(1000).run(operation, { retryDuplicateKey: true });
    await expect(result).rejects.toMatchObject({ name: 'DuplicateKeyError' });
    expect(operation.calls).toBe(5);
  });

  test('fails as SERVICE_UNAVAILABLE once its time is over', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(createRunner(5).run(() => never)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });
});

describe('within the deadline of a request', () => {
  test('no operation is begun when it is over', async () => {
    let time = 0;
    const runner = createRunner(1000).within(createDeadline(() => time));
    const operation = failing();
    expect(await runner.run(operation)).toBe('done');
    time = 4000;
    await expect(runner.run(operation)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(operation.calls).toBe(1);
  });

  test('an operation has what is left, and never more than its own limit', async () => {
    const never = () => new Promise<never>(() => undefined);
    const messages: string[] = [];
    for (const [limit, left] of [
      [1, 4000],
      [4000, 2],
    ] as const) {
      const runner = createRunner(limit).within(createDeadline(() => 0, left));
      const error: unknown = await runner.run(never).catch((thrown: unknown) => thrown);
      messages.push((error as Error & { cause: Error }).cause.message);
    }
    expect(messages).toEqual(['No answer within 1 ms', 'No answer within 2 ms']);
  });
});

describe('draining', () => {
  test('waits for what runs and takes no more', async () => {
    const runner = createRunner(1000);
    const { promise, finish } = pending();
    const order: string[] = [];
    const running = runner.run(() => promise).then(() => order.push('operation'));
    const drained = runner.drain().then(() => order.push('drained'));
    await expect(runner.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(order).toEqual([]);
    finish();
    await Promise.all([running, drained]);
    expect(order.sort()).toEqual(['drained', 'operation']);
  });
});

function pending() {
  let finish: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}
