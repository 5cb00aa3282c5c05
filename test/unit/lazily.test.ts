import { describe, expect, test } from '@jest/globals';
import { lazily } from '../../src/lazily.ts';

describe('an object whose members are made lazily', () => {
  function open() {
    const made: string[] = [];
    const create = lazily<
      { readonly factor: number },
      { readonly one: number },
      { readonly two: number; readonly four: number }
    >({
      two: ({ factor, one }) => {
        made.push('two');
        return factor * one;
      },
      four: ({ factor, two }) => {
        made.push('four');
        return factor * two;
      },
    });
    return { create, made };
  }

  const DOUBLE = { factor: 2 };

  test('makes a member when it is asked for, and once', () => {
    const { create, made } = open();
    const object = create(DOUBLE, { one: 1 });
    expect(made).toEqual([]);
    expect([object.two, object.two]).toEqual([2, 2]);
    expect(made).toEqual(['two']);
  });

  test('makes one that is undefined once, too', () => {
    let made = 0;
    const object = lazily<object, object, { readonly nothing: undefined }>({
      nothing: () => {
        made += 1;
        return undefined;
      },
    })({}, {});
    expect([object.nothing, object.nothing, made]).toEqual([undefined, undefined, 1]);
  });

  test('makes what a member is made of, and nothing of another object', () => {
    const { create, made } = open();
    expect(create(DOUBLE, { one: 1 }).four).toBe(4);
    expect(create(DOUBLE, { one: 2 }).four).toBe(8);
    expect(create({ factor: 3 }, { one: 1 }).four).toBe(9);
    expect(create(DOUBLE, { one: 1 }).four).toBe(4);
    expect(made).toEqual(Array.from({ length: 4 }, () => ['two', 'four']).flat());
  });

  test('has only what was given as its own, so that a copy makes nothing', () => {
    const { create, made } = open();
    const object = create(DOUBLE, { one: 1 });
    expect(Object.keys(object)).toEqual(['one']);
    expect(Object.entries({ ...object })).toEqual([['one', 1]]);
    expect(object.factor).toBe(2);
    expect(made).toEqual([]);
  });

  test('shares what was made with a copy that inherits the same, as Apollo Server makes one', () => {
    const { create, made } = open();
    const object = create(DOUBLE, { one: 1 });
    const copy = Object.assign(Object.create(Object.getPrototypeOf(object)), object);
    expect([copy.four, object.four]).toEqual([4, 4]);
    expect(made).toEqual(['two', 'four']);
  });

  test('has no name twice', () => {
    const { create } = open();
    const given = { one: 1, two: 1 };
    expect(() => create(DOUBLE, given)).toThrow(TypeError);
    expect(() => create({ ...DOUBLE, ...given }, { one: 1 })).toThrow(TypeError);
  });
});
