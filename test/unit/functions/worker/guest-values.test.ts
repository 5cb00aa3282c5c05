/** A value crosses the same way whether the BSON library was loaded into the context before or not. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../../src/bson.ts';
import { type RunOptions, runSource } from '../../../support/function-runner.ts';

const COLLECTION = "context.services.get('mongodb-atlas').db('d').collection('c')";

/** What a function with this body returns or fails with, without and with the library. */
async function runBoth(body: string, args: readonly unknown[] = [], options: RunOptions = {}) {
  const sources = [body, `BSON.ObjectId; ${body}`];
  const ran = await Promise.all(
    sources.map((text) => runSource(`exports = (value) => { ${text} }`, { ...options, args })),
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
    const [without, withLibrary] = await runBoth(
      `return ${COLLECTION}.findOne({ a: { $in: [1, 'b'] }, c: undefined })`,
    );
    expect(without).toEqual(withLibrary);
    expect(without?.requests).toHaveLength(1);
  });
});

const id = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((bytes) => new ObjectId(Buffer.from(bytes)));
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    id,
    fc.date({ noInvalidDate: true }),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('ids and dates: with and without the library, the same becomes of', () => {
  test('any document with them that is returned, or passed on to the database', async () => {
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        const body = `return ${COLLECTION}.findOne({ a: value }).then(() => value)`;
        const [without, withLibrary] = await runBoth(body, [value]);
        expect(without).toEqual(withLibrary);
        expect(without?.failure).toBeUndefined();
        expect(without?.requests).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  test.each<[string, string]>([
    ['its text', 'return [String(id), id.toHexString(), id + "", [id].join()]'],
    ['its form in JSON', 'return JSON.stringify(value)'],
    ['its members', 'return [Object.keys(id), Object.entries(id), { ...id }]'],
    [
      'the members that it inherits',
      'const all = []; for (const key in id) all.push(key); return all',
    ],
    [
      'its class',
      'return [id instanceof BSON.ObjectId, id.constructor === BSON.ObjectId.prototype.constructor]',
    ],
    ['its prototype', 'return id.__proto__ === BSON.ObjectId.prototype'],
    ['what it is an instance of', 'return [id instanceof Object, typeof id, "toHexString" in id]'],
    ['whether it has a member', 'return ["toHexString" in id, "toHex" in id]'],
    [
      'one that is given other bytes',
      'id.id = Buffer.from("0123456789ab"); return [id, String(id)]',
    ],
    ['a method that is not there', 'return id.noSuchMethod()'],
    ['a comparison', 'return [id.equals(value.ids[0]), id.equals(new BSON.ObjectId(String(id)))]'],
    ['its time', 'return id.getTimestamp()'],
    [
      'one that was frozen',
      'Object.freeze(id); return [id instanceof BSON.ObjectId, String(id), id]',
    ],
    ['one with a member more', 'id.more = 1; return id'],
    ['one with another value', 'id[Object.keys(id)[0]] = 1; return [id, String(id)]'],
    ['one whose member was taken away', 'delete id[Object.keys(id)[0]]; return [id]'],
    ['one behind a proxy', 'return new Proxy(id, {})'],
    ['one that another inherits from', 'return Object.create(id)'],
    ['a copy', 'return structuredClone(value)'],
    ['what a function has done to Reflect', 'Reflect.get = () => 1; return [String(id), id]'],
    [
      'a date',
      'return [value.at, value.at.getTime(), value.at instanceof Date, JSON.stringify(value.at)]',
    ],
    ['a date that was changed', 'value.at.setTime(5); return value.at'],
    ['a date that is none any more', 'value.at.setTime(NaN); return value.at'],
    ['a date with a member', 'value.at.more = 1; return value.at'],
    ['a date of a class', 'return new (class A extends Date {})(5)'],
    ['what only inherits from dates', 'return Object.create(Date.prototype)'],
    ['a form of all dates', 'Date.prototype.toBSON = () => "form"; return value.at'],
    [
      'what a function has done to Date',
      'Date = class { constructor() { throw 1 } }; return value',
    ],
  ])('%s', async (_what, body) => {
    const value = {
      id: new ObjectId('62efedca3587e6e83c0fc675'),
      at: new Date(1_700_000_000_000),
      ids: [new ObjectId('62efedca3587e6e83c0fc676')],
    };
    const given = await runBoth(`const { id } = value; ${body}`, [value]);
    expect(given[0]).toEqual(given[1]);
    const read = await runBoth(
      `return ${COLLECTION}.findOne().then((value) => { const { id } = value; ${body} })`,
      ...[[], { answer: () => value }],
    );
    expect(read[0]).toEqual(read[1]);
    expect({ ...given[0], requests: [] }).toEqual({ ...read[0], requests: [] });
  });

  test('very many of them, in one document or in many', async () => {
    const ids = Array.from({ length: 2000 }, (_, n) => ObjectId.createFromTime(n));
    const [without, withLibrary] = await runBoth('return [value.length, String(value.at(-1))]', [
      ids,
    ]);
    expect(without).toEqual(withLibrary);
    const { failure, result } = await runSource(
      `exports = async () => {
        const found = [];
        for (let n = 0; n < 30; n += 1) found.push(...(await ${COLLECTION}.find({}).toArray()));
        return found.map(String);
      }`,
      { answer: () => ids.slice(0, 100) },
    );
    expect(failure).toBeUndefined();
    expect(result).toEqual(Array.from({ length: 30 }, () => ids.slice(0, 100).map(String)).flat());
  });
});

test('a document is read as it is, whatever the function has done to JSON', async () => {
  const { result } = await runSource(
    `exports = async () => {
      JSON.parse = () => ({ value: 'changed' });
      return ${COLLECTION}.findOne();
    }`,
    { answer: () => ({ name: 'Ada' }) },
  );
  expect(result).toEqual({ name: 'Ada' });
});
