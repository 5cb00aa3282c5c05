import { describe, expect, test } from '@jest/globals';
import { unauthenticated } from '../../../../src/errors.ts';
import { createSubscriber } from '../../../../src/session/changes/subscriber.ts';

const SUBSCRIBED = { userId: 'user', sessionId: 'session', expiresAt: 1000 };
const snapshot = (revision?: string) => ({
  readAt: 1,
  ...(revision === undefined ? {} : { revision, data: { revision } }),
});

function setUp(revision: string | null = 'a') {
  let ends = 0;
  const onEnd = () => {
    ends += 1;
  };
  const subscriber = createSubscriber({ subscribed: SUBSCRIBED, revision, onEnd });
  return { subscriber, ends: () => ends };
}

describe('a subscriber', () => {
  test('hears of another revision, and not of the one that its client knows', async () => {
    const { subscriber } = setUp('a');
    const word = subscriber.next();
    subscriber.offer(snapshot('a'));
    subscriber.offer(snapshot('b'));
    await expect(word).resolves.toEqual({ done: false, value: snapshot('b') });
    expect(subscriber.newest()).toBe('b');
  });

  test('hears of the last of many changes that came while it did not listen', async () => {
    const { subscriber } = setUp();
    for (const revision of ['b', 'c', 'd']) subscriber.offer(snapshot(revision));
    expect(subscriber.newest()).toBe('d');
    await expect(subscriber.next()).resolves.toEqual({ done: false, value: snapshot('d') });
    const next = subscriber.next();
    subscriber.offer(snapshot('e'));
    await expect(next).resolves.toEqual({ done: false, value: snapshot('e') });
  });

  test('hears nothing of a change that was undone before it listened', async () => {
    const { subscriber } = setUp('a');
    subscriber.offer(snapshot('b'));
    subscriber.offer(snapshot('a'));
    const next = subscriber.next();
    subscriber.offer(snapshot('c'));
    await expect(next).resolves.toEqual({ done: false, value: snapshot('c') });
  });

  test('hears that its document is gone, and of the first one', async () => {
    const { subscriber } = setUp('a');
    subscriber.offer(snapshot());
    await expect(subscriber.next()).resolves.toEqual({ done: false, value: { readAt: 1 } });
    subscriber.offer(snapshot('b'));
    await expect(subscriber.next()).resolves.toMatchObject({ value: { revision: 'b' } });
  });

  test('is over for whoever waits when it leaves, although nothing ever changed', async () => {
    const { ends, subscriber } = setUp();
    const waiting = subscriber.next();
    subscriber.leave();
    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
    subscriber.leave();
    expect(ends()).toBe(1);
    await expect(subscriber.next()).resolves.toEqual({ done: true, value: undefined });
  });

  test('ends with its error, once, and says nothing that was pending', async () => {
    const { ends, subscriber } = setUp();
    subscriber.offer(snapshot('b'));
    subscriber.fail(unauthenticated('SESSION_ENDED'));
    subscriber.offer(snapshot('c'));
    await expect(subscriber.next()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'SESSION_ENDED' },
    });
    await expect(subscriber.next()).resolves.toEqual({ done: true, value: undefined });
    expect(ends()).toBe(1);
  });

  test('ends with its error for whoever waits', async () => {
    const { subscriber } = setUp();
    const [first, second] = [subscriber.next(), subscriber.next()];
    subscriber.fail(unauthenticated('TOKEN_EXPIRED'));
    await expect(first).rejects.toMatchObject({ details: { reason: 'TOKEN_EXPIRED' } });
    await expect(second).resolves.toEqual({ done: true, value: undefined });
    await expect(subscriber.next()).resolves.toEqual({ done: true, value: undefined });
  });
});
