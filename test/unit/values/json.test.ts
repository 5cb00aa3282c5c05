import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPlainObject, setOwn } from '../../../src/values/documents.ts';
import { appendPointer, splitPointer } from '../../../src/values/json.ts';

test('a property of any name is set like any other', () => {
  for (const name of ['a', '', '__proto__', 'constructor']) {
    const object: Record<string, unknown> = {};
    setOwn(object, name, 1);
    expect(Object.getOwnPropertyDescriptor(object, name)).toEqual({
      ...{ value: 1, configurable: true, enumerable: true, writable: true },
    });
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  }
});

test.each<[unknown, boolean]>([
  [{}, true],
  [Object.create(null), true],
  [Object.create(Object.create(null)), true],
  [[], false],
  [null, false],
  ['text', false],
  [new Date(0), false],
  [new (class Sub extends Date {})(), false],
  [() => undefined, false],
])('%p is a plain object: %p', (value, isPlain) => {
  expect(isPlainObject(value)).toBe(isPlain);
});

test('a pointer is split into the tokens that it was made of', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (tokens) => {
      const pointer = tokens.reduce<string>(appendPointer, '');
      expect(splitPointer(pointer)).toEqual(tokens);
    }),
  );
  expect(splitPointer('')).toEqual([]);
  expect(appendPointer('/a', 0)).toBe('/a/0');
});

test.each(['a', 'a/b', '/~', '/~2', '/a~/b'])('%p is no pointer', (text) => {
  expect(splitPointer(text)).toBeNull();
});
