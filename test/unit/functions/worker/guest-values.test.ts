/** A value crosses the same way whether the BSON library was loaded into the context before or not. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runSource } from '../../../support/function-runner.ts';

/** What a function with this body returns or fails with, without and with the library. */
async function runBoth(body: string, args: readonly unknown[] = []) {
  const sources = [body, `BSON.ObjectId; ${body}`];
  const ran = await Promise.all(
    sources.map((text) => runSource(`exports = (value) => { ${text} }`, { args })),
  );
  return ran.map(({ failure, requests, result }) => ({
    failure: failure?.message,
    requests,
    result,
  }));
}

describe('with and without the library, the same becomes of', () => {
  test('any value of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const [without, withLibrary] = await runBoth('return value', [value]);
        expect(without).toEqual(withLibrary);
        expect(without?.failure).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test.each<[string, string]>([
    ['minus zero', 'return -0'],
    ['what is not a number', 'return [NaN, Infinity]'],
    ['undefined members', 'return { a: undefined, b: [undefined, 1] }'],
    ['functions and symbols', 'return { a() {}, b: Symbol("b"), c: [() => 1] }'],
    ['holes', 'return [, 1]'],
    ['a field called __proto__', 'return JSON.parse(\'{"__proto__": {"a": 1}}\')'],
    ['an object without a prototype', 'return Object.assign(Object.create(null), { a: 1 })'],
    ['an object of a class', 'return new (class A { a = 1; })()'],
    ['an object of the process', 'return { a: new URL("a:b"), b: process.versions }'],
    ['an inherited field', 'return Object.create({ a: 1 })'],
    ['a date', 'return [new Date(0)]'],
    ['a pattern', 'return /a/i'],
    ['bytes', 'return new Uint8Array([1, 2])'],
    ['a map and a set', 'return [new Map([["a", 1]]), new Set([1])]'],
    ['bigint', 'return 1n'],
    ['a boxed string', 'return new String("a")'],
    ['an error', 'return new Error("a")'],
    ['a proxy', 'return new Proxy({ a: 1 }, { get: () => 2 })'],
    ['a proxy of a list', 'return [new Proxy([1], { get: (list, key) => list[key] })]'],
    ['a getter', 'return { get a() { return 1; } }'],
    ['a getter that throws', 'return { get a() { throw new Error("boom"); } }'],
    ['a form of its own', 'return { a: 1, toBSON: () => "form" }'],
    [
      'a hidden form of its own',
      'return Object.defineProperty({ a: 1 }, "toBSON", { value: () => "form" })',
    ],
    ['a form of all objects', 'Object.prototype.toBSON = () => "form"; return [{ a: 1 }]'],
    ['a form of all lists', 'Array.prototype.toBSON = () => "form"; return { a: [1] }'],
    ['a form of all strings', 'String.prototype.toBSON = () => "form"; return { a: "b" }'],
    ['a form of all numbers', 'Number.prototype.toBSON = () => "form"; return { a: 1 }'],
    ['what looks like a BSON value', 'return { _bsontype: "ObjectId" }'],
    ['what looks like a reference', 'return { $ref: "a", $id: 1 }'],
    ['a null byte in a name', 'return { "a\\0b": 1 }'],
    ['a lone surrogate', 'return "\\ud800"'],
    ['a cyclic value', 'const a = {}; a.a = a; return a'],
    ['the same object twice', 'const a = { b: 1 }; return [a, a]'],
    ['a value 100 deep', 'let a = 1; for (let n = 0; n < 100; n += 1) a = [a]; return a'],
    ['a value 101 deep', 'let a = 1; for (let n = 0; n < 101; n += 1) a = [a]; return a'],
    ['a value of many members', 'return Array.from({ length: 2000 }, (_, n) => ({ n }))'],
    ['a value that is too large', 'return "x".repeat(2 ** 24)'],
  ])('%s', async (_what, body) => {
    const [without, withLibrary] = await runBoth(body);
    expect(without).toEqual(withLibrary);
  });

  test('what a function asks of the database', async () => {
    const collection = "context.services.get('mongodb-atlas').db('d').collection('c')";
    const [without, withLibrary] = await runBoth(
      `return ${collection}.findOne({ a: { $in: [1, 'b'] }, c: undefined })`,
    );
    expect(without).toEqual(withLibrary);
    expect(without?.requests).toHaveLength(1);
  });
});

test('a document is read as it is, whatever the function has done to JSON', async () => {
  const { result } = await runSource(
    `exports = async () => {
      JSON.parse = () => ({ value: 'changed' });
      return context.services.get('mongodb-atlas').db('d').collection('c').findOne();
    }`,
    { answer: () => ({ name: 'Ada' }) },
  );
  expect(result).toEqual({ name: 'Ada' });
});
