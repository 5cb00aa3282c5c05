import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from '../../../../src/bson.ts';
import { createTestRunner, runSource } from '../../../support/function-runner.ts';
import { writeApp } from '../../../support/functions-app.ts';

describe('the values of a function', () => {
  test.each<[string, unknown]>([
    ['int64', Long.fromString('9007199254740993')],
    ['a small int64', Long.fromInt(1)],
    ['ObjectId', new ObjectId('63ed2dbe5960df2af7fd216e')],
    ['Decimal128', new Decimal128('1.10')],
    ['Date', new Date(0)],
    ['Binary', new Binary(Buffer.from([1, 2, 3]), 5)],
    ['UUID', new UUID('123e4567-e89b-42d3-a456-426614174000')],
    ['BSONRegExp', new BSONRegExp('a.b', 'i')],
    ['Timestamp', new Timestamp({ t: 3, i: 4 })],
    ['MinKey', new MinKey()],
    ['MaxKey', new MaxKey()],
    ['Code', new Code('f()', { a: new Int32(1) })],
    ['a string with every kind of character', 'a\u0000é\u{1F600}'],
    ['null', null],
    ['a boolean', false],
    ['a double with a fraction', new Double(1.5)],
    ['minus zero', new Double(-0)],
    ['not a number', new Double(Number.NaN)],
    ['nested', { a: [{ b: Long.fromInt(2) }], c: {} }],
    ['a key called __proto__', JSON.parse('{"__proto__": {"a": "b"}}')],
  ])('come back as they went in: %s', async (_what, value) => {
    const { result } = await runSource('exports = (value) => value', { args: [value] });
    expect(result).toEqual(value);
  });

  test('have an integral double return as int32, as with the driver', async () => {
    const run = (value: Double) => runSource('exports = (value) => value', { args: [value] });
    expect((await run(new Double(4))).result).toEqual(new Int32(4));
    expect((await run(new Double(2 ** 31))).result).toEqual(new Double(2 ** 31));
  });

  test('let arithmetic work on int32 and double', async () => {
    const args = [new Int32(2), new Double(1.5)];
    const { result } = await runSource('exports = (a, b) => a + b', { args });
    expect(result).toEqual(new Double(3.5));
  });

  test('are instances of the classes that the function sees', async () => {
    const { result } = await runSource(
      `exports = async (value) => {
        const documents = await context.services.get('mongodb-atlas').db('d').collection('c').find().toArray();
        return [
          value instanceof Object, value.at instanceof Date, value.list instanceof Array,
          value.id instanceof BSON.ObjectId, documents instanceof Array, documents[0] instanceof Object,
          context.http.get({ url: 'http://[::' }).catch(() => null) instanceof Promise,
          context.user instanceof Object, context instanceof Object,
        ];
      }`,
      { args: [{ at: new Date(0), list: [], id: new ObjectId() }], answer: () => [{}] },
    );
    expect(result).toEqual(Array(9).fill(true));
  });
});

describe('what a function returns', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['() => 1', undefined],
    ['Symbol("s")', undefined],
    ['new Map([["a", 1]])', { a: new Int32(1) }],
    ['10n', Long.fromInt(10)],
    ['{ a: undefined, b: 1 }', { b: new Int32(1) }],
    ['[undefined]', [null]],
    ['new (class { constructor() { this.a = 1; } })()', { a: new Int32(1) }],
    ['Promise.resolve(3)', new Int32(3)],
  ])('may be %s', async (expression, expected) => {
    const { result } = await runSource(`exports = () => (${expression})`);
    expect(result).toEqual(expected);
  });

  test.each([
    ['a cyclic value', 'const a = {}; a.a = a; return a;', 'circular'],
    ['a value that is too large', 'return "x".repeat(17 * 1024 * 1024);', 'larger than'],
    ['bytes that are too many', 'return new Uint8Array(20 * 1024 * 1024);', 'cannot be returned'],
    [
      'a value that is too deep',
      'let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return a;',
      'nested more than 100 deep',
    ],
    ['an object that cannot be read', 'return { get a() { throw new Error("no"); } };', 'no'],
  ])('cannot be %s', async (_what, body, message) => {
    const { failure } = await runSource(`exports = function () { ${body} }`);
    expect(failure?.message).toContain('The result cannot be returned');
    expect(failure?.message).toContain(message);
  });
});

describe('what a function throws', () => {
  test.each([
    ['new Error("boom")', 'boom'],
    ['new TypeError("bad")', 'TypeError: bad'],
    ['Object.assign(new Error("x"), { name: "Mine" })', 'Mine: x'],
    ['"text"', 'text'],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['42', '42'],
    ['{ message: "like an error" }', 'like an error'],
    ['{ code: 1 }', '{"code":1}'],
    ['(() => { const a = {}; a.a = a; return a; })()', 'an object'],
    ['Symbol("s")', 'Symbol(s)'],
    ['new Error("y".repeat(5000))', 'y'.repeat(1000)],
  ])('is told for %s', async (expression, message) => {
    const { failure } = await runSource(`exports = async () => { throw ${expression}; }`);
    expect(failure?.message).toBe(message);
  });

  test.each(['get message() { throw 1; }', 'get name() { throw 1; }, message: "m"'])(
    'may be an object that cannot be read: %s',
    async (members) => {
      const { failure } = await runSource(`exports = () => { throw { ${members} }; }`);
      expect(failure?.message).toBe('an object');
    },
  );

  test('says where in the file, counted as the file counts', async () => {
    const { failure } = await runSource('exports = () => {\n  return missing;\n}');
    expect(failure).toMatchObject({
      message: 'ReferenceError: missing is not defined',
      stack: expect.stringContaining('/nowhere/main.js:2:3'),
    });
    const first = await runSource('exports = () => missing');
    expect(first.failure).toMatchObject({
      stack: expect.stringContaining('/nowhere/main.js:1:17'),
    });
  });
});

describe('a function', () => {
  test.each([
    'exports = function () { return "ok"; }',
    'exports = async () => "ok"',
    'exports = () => "ok";',
    'exports = () => "ok" // a comment at the end',
    'module.exports = () => "ok"',
    'const helper = () => "ok"; exports = function named() { return helper(); }',
    '"use strict"; exports = () => "ok"',
  ])('may be written as %s', async (source) => {
    expect((await runSource(source)).result).toBe('ok');
  });

  test('that exports none fails', async () => {
    const { failure } = await runSource('exports.main = () => 1');
    expect(failure?.message).toBe('TypeError: "main" does not export a function');
  });

  test('that fails while it is loaded fails', async () => {
    const { failure } = await runSource('throw new Error("at the top");');
    expect(failure?.message).toBe('at the top');
  });

  test('requires packages from the folder of the functions, and what Node has', async () => {
    const app = await writeApp({ 'node_modules/left/index.js': 'module.exports = () => "left";' });
    try {
      const { result } = await runSource(
        `const left = require('left'); const { createHash } = require('node:crypto');
        exports = async () => [left(), createHash('sha1').update('a').digest('hex').length]`,
        { setup: { directory: join(app.path) } },
      );
      expect(result).toEqual(['left', new Int32(40)]);
    } finally {
      await app.remove();
    }
  });

  test('leaves nothing to the next call: globals, prototypes, BSON classes', async () => {
    const run = createTestRunner(
      {
        spoil: `exports = () => {
        globalThis.leaked = 1; leakedToo = 2; Object.getPrototypeOf(globalThis).leakedThird = 3; Object.prototype.x = 1; Array.prototype.y = 1;
        BSON.ObjectId.prototype.z = 1; context.user.a = 1; context.values.get('v').b = 1;
        context.app.id = 'other'; Object.getPrototypeOf(context).c = 1; console.log = null;
        Object.getPrototypeOf(context.values.get).d = 1; context.environment.values.e = 1;
      }`,
        look: `exports = () => [
        typeof leaked, typeof leakedToo, typeof leakedThird, global === globalThis, ({}).x, [].y, new BSON.ObjectId().z, context.user.a,
        context.values.get('v').b, context.app.id, context.c, typeof console.log, (() => 1).d,
        context.environment.values.e,
      ]`,
      },
      { setup: { values: { v: {} } } },
    );
    expect((await run('spoil')).failure).toBeUndefined();
    expect((await run('look')).result).toEqual([
      'undefined',
      'undefined',
      'undefined',
      true,
      null,
      null,
      null,
      null,
      null,
      'myapp-abcde',
      null,
      'function',
      null,
      null,
    ]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('cannot act for the next caller with what it left running', async () => {
    const run = createTestRunner(
      {
        leave: `exports = () => {
          const shared = require('node:events');
          const collection = context.services.get('mongodb-atlas').db('d').collection('c');
          const act = async () => {
            for (const attempt of [() => context.functions.execute('writeCustomUserData', {}),
              () => collection.insertOne({}), () => console.log('late')]) {
              await Promise.resolve().then(attempt).catch((error) => shared.seen.push(error.message));
            }
          };
          shared.seen = [];
          shared.over = new Promise((resolve) => { shared.callIsOver = resolve; }).then(act);
        }`,
        look: `exports = async () => {
          const shared = require('node:events');
          shared.callIsOver();
          await shared.over;
          return shared.seen;
        }`,
      },
      { answer: () => null },
    );
    await run('leave');
    expect(await run('look')).toEqual({
      result: ['The call has ended', 'The call has ended'],
      requests: [],
      lines: [],
      left: [],
    });
  });

  test('may stop its own timers', async () => {
    const { result } = await runSource(`exports = () => new Promise((resolve) => {
      let count = 0;
      clearTimeout(setTimeout(() => resolve('wrong'), 1));
      const interval = setInterval(() => {
        count += 1;
        if (count === 3) { clearInterval(interval); resolve(count); }
      }, 1);
    })`);
    expect(result).toEqual(new Int32(3));
  });

  test('gets any JSON back that it returns', async () => {
    const run = createTestRunner({ echo: 'exports = (value) => value' });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
        const { result } = await run('echo', { args: [value] });
        expect(plain(result)).toEqual(plain(value));
      }),
      { numRuns: 50 },
    );
  });
});

/** Numbers for BSON numbers, and no sign of zero, which JSON may not keep either. */
function plain(value: unknown): unknown {
  if (value instanceof Int32 || value instanceof Double) return value.value + 0;
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, item]) => [key, plain(item)]);
}
