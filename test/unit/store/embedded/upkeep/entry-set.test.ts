import { describe, expect, test } from '@jest/globals';
import {
  createEntrySet,
  type EntrySet,
  entryText,
} from '../../../../../src/store/embedded/upkeep/entry-set.ts';

type Entry = readonly [key: string, documentKey: string];

const setOf = (...entries: readonly Entry[]): EntrySet => {
  const set = createEntrySet();
  for (const [key, own] of entries) set.add(Buffer.from(key), Buffer.from(own));
  return set;
};

describe('sets of index entries', () => {
  test('are the same in whatever order they were filled', () => {
    expect(
      setOf(['a', '1'], ['b', '2'], ['a', '3']).equals(setOf(['a', '3'], ['b', '2'], ['a', '1'])),
    ).toBe(true);
    expect(setOf().equals(setOf())).toBe(true);
  });

  test.each<readonly [string, readonly Entry[]]>([
    ['an entry less', [['a', '1']]],
    [
      'an entry more',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    [
      'another document',
      [
        ['a', '1'],
        ['b', '3'],
      ],
    ],
    [
      'another value',
      [
        ['a', '1'],
        ['c', '2'],
      ],
    ],
    [
      'values and documents exchanged',
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    [
      'the same letters, cut elsewhere',
      [
        ['a', '1'],
        ['b2', ''],
      ],
    ],
  ])('differ by %s', (_name, entries) => {
    expect(setOf(['a', '1'], ['b', '2']).equals(setOf(...entries))).toBe(false);
  });

  test('know bytes that are no text', () => {
    const set = (byte: number) => {
      const made = createEntrySet();
      made.add(Buffer.from([byte]), Buffer.from([1]));
      return made;
    };
    expect(set(0xff).equals(set(0xfe))).toBe(false);
    expect(entryText(Buffer.from([0xff]), Buffer.alloc(0))).toBe('1:\xff');
  });
});
