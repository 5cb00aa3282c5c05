import { describe, expect, test } from '@jest/globals';
import { lazily } from '../../src/lazily.ts';

describe('an object whose members are made lazily', () => {
  function open() {
    const made: string[] = [];
    const create = lazily<
      { readonly one: number },
      { readonly two: number; readonly four: number }
    >({
      two: ({ one }) => {
        made.push('two');
        return one + one;
      },
      four: ({ two }) => {
        made.push('four');
        return two + two;
      },
    });
    return { create, made };
  }

  test('makes a member when it is asked for, and once', () => {
    const { create, made } = open();
    const object = create({ one: 1 });
    expect(made).toEqual([]);
    expect([object.two, object.two]).toEqual([2, 2]);
    expect(made).toEqual(['two']);
  });

  test('makes what a member is made of, and nothing of another object', () => {
    const { create, made } = open();
    expect(create({ one: 1 }).four).toBe(4);
    expect(create({ one: 2 }).four).toBe(8);
    expect(made).toEqual(['two', 'four', 'two', 'four']);
  });

  test('has only what was given as its own, so that a copy makes nothing', () => {
    const { create, made } = open();
    expect(Object.keys(create({ one: 1 }))).toEqual(['one']);
    expect({ ...create({ one: 1 }) }).toEqual({ one: 1 });
    expect(made).toEqual([]);
  });
});
