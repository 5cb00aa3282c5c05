import { describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../../src/bson.ts';
import type { Subscriber } from '../../../../src/session/changes/subscriber.ts';
import { createChangesWorld, userId } from '../../../support/changes-world.ts';

const NOTHING = Symbol('nothing');
/** What there is to hear without waiting for a change. */
async function heard(subscriber: Subscriber) {
  const word = subscriber.next().then(({ value }) => value?.data ?? value);
  return Promise.race([word, new Promise((resolve) => setImmediate(resolve, NOTHING))]);
}

describe('a change by this process', () => {
  test('is told at once, and to nobody but its user', async () => {
    const world = createChangesWorld();
    const [own, other] = [await world.subscribe(1), await world.subscribe(2)];
    const word = own.next();
    await world.write(1, { a: 1 });
    await expect(word).resolves.toMatchObject({ value: { data: { a: 1 } } });
    expect(await heard(other)).toBe(NOTHING);
    expect(world.looks.documents).toBe(0);
  });

  test('costs nothing if nobody of its user is subscribed', async () => {
    const world = createChangesWorld();
    await world.subscribe(2);
    await world.write(1, { a: 1 });
    expect(world.looks).toEqual({ documents: 0, sessions: 0, reads: 0 });
  });

  test('of nothing is no word', async () => {
    const world = createChangesWorld();
    await world.write(1, { a: 1 });
    const subscriber = await world.subscribe(1);
    await world.write(1, { a: 1 });
    expect(await heard(subscriber)).toBe(NOTHING);
  });

  test('many of a moment are one word with the last', async () => {
    const world = createChangesWorld();
    const subscriber = await world.subscribe(1);
    for (let count = 1; count <= 20; count += 1) await world.write(1, { count });
    await world.changes.check(subscriber);
    expect(await heard(subscriber)).toMatchObject({ count: 20 });
    expect(await heard(subscriber)).toBe(NOTHING);
  });
});

describe('a change by others', () => {
  test('is found by a look, which is one operation for all users', async () => {
    const world = createChangesWorld();
    const subscribers = await Promise.all([1, 2, 3].map((user) => world.subscribe(user)));
    world.writeOutside(2, { a: 1 });
    await world.changes.look();
    expect(world.looks).toEqual({ documents: 1, sessions: 0, reads: 1 });
    const [first, second, third] = subscribers;
    expect(await heard(second as Subscriber)).toMatchObject({ a: 1 });
    expect(await heard(first as Subscriber)).toBe(NOTHING);
    expect(await heard(third as Subscriber)).toBe(NOTHING);
    await world.changes.look();
    expect(world.looks).toMatchObject({ documents: 2, reads: 1 });
    await world.changes.close();
  });

  test('is looked for at once, and once, when this process may have made many', async () => {
    const world = createChangesWorld();
    const subscriber = await world.subscribe(1);
    world.writeOutside(1, { a: 1 });
    const word = subscriber.next();
    const began = performance.now();
    for (let call = 0; call < 10; call += 1) world.changes.noteChanges();
    await expect(word).resolves.toMatchObject({ value: { data: { a: 1 } } });
    // The next look by itself would be a second later.
    expect(performance.now() - began).toBeLessThan(900);
    expect(world.looks.documents).toBe(1);
    await world.changes.close();
  });

  test('is found when the document is removed, and when one comes', async () => {
    const world = createChangesWorld();
    world.writeOutside(1, { a: 1 });
    const subscriber = await world.subscribe(1);
    world.removeOutside(1);
    await world.changes.look();
    expect(await heard(subscriber)).toEqual({ readAt: 1_000_000 });
    world.writeOutside(1, { a: 2 });
    await world.changes.look();
    expect(await heard(subscriber)).toMatchObject({ a: 2 });
    await world.changes.close();
  });

  test('is found where an id is stored as an ObjectId, and where there are two documents', async () => {
    const world = createChangesWorld();
    const asObjectId = new ObjectId(userId(1));
    world.writeOutside(1, { form: 'ObjectId' }, asObjectId);
    const subscriber = await world.subscribe(1);
    world.writeOutside(1, { form: 'string' });
    await world.changes.look();
    expect(await heard(subscriber)).toMatchObject({ form: 'string' });
    // The other document is new to the next look, and to none after it.
    await world.changes.look();
    const { reads } = world.looks;
    await world.changes.look();
    await world.changes.look();
    expect(world.looks.reads).toBe(reads);
    expect(await heard(subscriber)).toBe(NOTHING);
    await world.changes.close();
  });

  test('is found after an outage', async () => {
    const world = createChangesWorld({ marks: true });
    const subscriber = await world.subscribe(1);
    world.fail(true);
    world.writeOutside(1, { a: 1 });
    await world.changes.look();
    await expect(world.changes.check(subscriber)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    world.fail(false);
    await world.changes.look();
    expect(await heard(subscriber)).toMatchObject({ a: 1 });
    await world.changes.close();
  });

  test('is not looked for where the store says that there is none', async () => {
    const world = createChangesWorld({ marks: true });
    const subscriber = await world.subscribe(1);
    for (let look = 0; look < 4; look += 1) await world.changes.look();
    expect(world.looks).toEqual({ documents: 1, sessions: 1, reads: 0 });
    world.writeOutside(1, { a: 1 });
    await world.changes.look();
    expect(await heard(subscriber)).toMatchObject({ a: 1 });
    await world.changes.close();
  });
});

test('nothing is looked at while nobody is subscribed', async () => {
  const world = createChangesWorld();
  const subscriber = await world.subscribe(1);
  subscriber.leave();
  await world.changes.look();
  expect(world.looks).toEqual({ documents: 0, sessions: 0, reads: 0 });
  await world.changes.close();
});

describe('a subscription ends', () => {
  test('when its token expires', async () => {
    const world = createChangesWorld();
    const subscriber = await world.subscribe(1, { expiresAt: 1001 });
    await world.changes.look();
    expect(subscriber.isOver()).toBe(false);
    world.wait(1000);
    await world.changes.look();
    await expect(subscriber.next()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'TOKEN_EXPIRED' },
    });
    expect(world.changes.subscribed()).toBe(0);
    await world.changes.close();
  });

  test('within two looks of the end of its session, and no other does', async () => {
    const world = createChangesWorld();
    const ended = await world.subscribe(1, { session: 'one' });
    const other = await world.subscribe(1, { session: 'two' });
    world.sessions.delete('one');
    await world.changes.look();
    await world.changes.look();
    await expect(ended.next()).rejects.toMatchObject({ details: { reason: 'SESSION_ENDED' } });
    expect(other.isOver()).toBe(false);
    await world.changes.close();
  });

  test('when its token expires although the store is away, and not because that is', async () => {
    const world = createChangesWorld();
    const expiring = await world.subscribe(1, { expiresAt: 1001 });
    const other = await world.subscribe(2);
    world.fail(true);
    world.wait(1000);
    await world.changes.look();
    await world.changes.look();
    expect([expiring.isOver(), other.isOver()]).toEqual([true, false]);
    await world.changes.close();
  });
});

describe('places', () => {
  test('are limited for each user and for all, and given back', async () => {
    const world = createChangesWorld({ perUser: 2, most: 3 });
    const first = await world.subscribe(1);
    await world.subscribe(1);
    await expect(world.subscribe(1)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 30 },
    });
    await world.subscribe(2);
    await expect(world.subscribe(3)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    first.leave();
    await world.subscribe(3);
    expect(world.changes.subscribed()).toBe(3);
    await world.changes.close();
  });
});
