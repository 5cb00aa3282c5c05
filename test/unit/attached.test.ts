import { getHeapSpaceStatistics } from 'node:v8';
import { describe, expect, test } from '@jest/globals';
import { createAttached } from '../../src/attached.ts';

/** Bytes in use that the collections of the younger generation leave to the great ones. */
function oldBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space');
  return space?.space_used_size ?? Number.NaN;
}

describe('what is kept with an object', () => {
  test('is there for that object, of its kind, and shows nowhere else', () => {
    const [colour, size] = [createAttached<string>('colour'), createAttached<number>('size')];
    const owner = { own: 1 };
    expect(colour.get(owner)).toBeUndefined();
    colour.set(owner, 'red');
    size.set(owner, 2);
    colour.set(owner, 'blue');
    expect([colour.get(owner), size.get(owner), colour.get({})]).toEqual(['blue', 2, undefined]);
    expect([Object.keys(owner), JSON.stringify(owner)]).toEqual([['own'], '{"own":1}']);
  });

  test('goes with it, before a great collection, though it leads back to it', () => {
    const OWNERS = 100_000;
    const attached = createAttached<{ readonly owner: object; readonly much: number[] }>('much');
    const before = oldBytes();
    for (let made = 0; made < OWNERS; made += 1) {
      const owner = {};
      // About a kilobyte each; in a `WeakMap` tens of megabytes of it were left.
      attached.set(owner, { owner, much: Array.from({ length: 100 }, () => made) });
    }
    expect(oldBytes() - before).toBeLessThan((OWNERS * 1000) / 20);
  });
});
