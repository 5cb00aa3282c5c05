/** What a claims file may say, and which claims it makes. */
import { describe, expect, test } from '@jest/globals';
import { parseTemplate } from '../../../../src/custom-data/own-claims/template.ts';
import type { OwnValue } from '../../../../src/token/claims.ts';
import type { JsonObject } from '../../../../src/values/json.ts';

const CLAIMS = {
  iss: 'https://id.example',
  aud: 'myapp-abcde',
  client_id: 'myapp-abcde',
  sub: '62efedca3587e6e83c0fc675',
  sid: 's',
  jti: 'j',
  iat: 1000,
  exp: 2800,
};

function make(file: unknown, values: readonly OwnValue[] = []): JsonObject {
  const parsed = parseTemplate(file);
  if (parsed.type === 'error') throw new Error(JSON.stringify(parsed.problems));
  return parsed.template.make(values, CLAIMS);
}

function problemsOf(file: unknown): readonly string[] {
  const parsed = parseTemplate(file);
  return parsed.type === 'ok' ? [] : parsed.problems.map(({ path }) => path);
}

describe('a template', () => {
  test('keeps objects, lists and constants as they stand', () => {
    const file = { a: null, b: [1, [true, 'x'], {}], 'https://c.example/d': { e: { f: 0.5 } } };
    expect(make(file)).toStrictEqual(file);
    expect(make({})).toStrictEqual({});
  });

  test('puts what the document has in the place of a path, and null is something that it has', () => {
    const file = {
      role: { $path: '/role', default: 'user' },
      a: [{ $path: '/b' }, { $path: '/c' }],
    };
    expect(make(file, ['admin', null, { $claim: 'sub' }])).toStrictEqual({
      role: 'admin',
      a: [null, { $claim: 'sub' }],
    });
    expect(make(file, [null, 0, false])).toStrictEqual({ role: null, a: [0, false] });
  });

  test('puts the default in the place of a path that is not there, or leaves it out', () => {
    const file = {
      role: { $path: '/role', default: 'user' },
      tenant: { $path: '/tenant' },
      nested: { a: { $path: '/a' }, list: ['first', { $path: '/b' }, 'last'] },
      empty: { $path: '/empty', default: null },
      object: { $path: '/object', default: { $any: [1] } },
    };
    expect(make(file)).toStrictEqual({
      role: 'user',
      nested: { list: ['first', 'last'] },
      empty: null,
      object: { $any: [1] },
    });
  });

  test('repeats claims that the token has anyway', () => {
    const names = Object.keys(CLAIMS);
    const file = Object.fromEntries(names.map((name) => [`x-${name}`, { $claim: name }]));
    const entries = Object.entries(CLAIMS).map(([name, value]) => [`x-${name}`, value]);
    expect(make(file)).toStrictEqual(Object.fromEntries(entries));
  });
});

describe('the names of claims', () => {
  test.each([
    // RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 7800 section 3, RFC 8693 section 4
    ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'auth_time', 'acr', 'amr'],
    ...['cnf', 'act', 'may_act'],
    // ours, now and later
    ...['sid', 'typ', 'user_data', 'user_data_rev', 'user_data_at', 'user_data_bytes'],
    ...['user_data_of_tomorrow', ''],
    'n'.repeat(201),
  ])('"%s" is refused, with its path', (name) => {
    expect(problemsOf({ fine: 1, [name]: 1 })).toStrictEqual([`/${name}`]);
  });

  test('may be those that say what a user may do (RFC 9068 section 2.2.3), and addresses', () => {
    const names = ['scope', 'roles', 'groups', 'entitlements', 'role', 'https://x.example/~a'];
    for (const name of names) expect(problemsOf({ [name]: 1 })).toStrictEqual([]);
  });

  test('are free within a claim', () => {
    expect(make({ a: { sub: 1, user_data: 2, '': 3 } })).toStrictEqual({
      a: { sub: 1, user_data: 2, '': 3 },
    });
  });

  test('are never "__proto__", at any depth or in a default', () => {
    const file = JSON.parse(
      '{"__proto__": 1, "a": [{"__proto__": 1}], "b": {"$path": "/b", "default": [{"__proto__": 1}]}}',
    );
    expect(problemsOf(file)).toStrictEqual([
      '/__proto__',
      '/a/0/__proto__',
      '/b/default/0/__proto__',
    ]);
  });
});

describe('a leaf', () => {
  test('takes a JSON Pointer with its escapes (RFC 6901)', () => {
    const parsed = parseTemplate({ a: { $path: '/a~1b/m~0n/0//' }, b: { $path: '' } });
    expect(parsed).toMatchObject({
      template: {
        leaves: [
          { at: '/a', path: '/a~1b/m~0n/0//', tokens: ['a/b', 'm~n', '0', '', ''] },
          { at: '/b', path: '', tokens: [] },
        ],
      },
    });
  });

  test.each([
    ['no pointer', { $path: 'role' }, '/x/$path'],
    ['a broken escape', { $path: '/a~2' }, '/x/$path'],
    ['a number', { $path: 1 }, '/x/$path'],
    ['null', { $path: null }, '/x/$path'],
    ['a long pointer', { $path: `/${'a'.repeat(1000)}` }, '/x/$path'],
    ['a default misspelt', { $path: '/a', fallback: 1 }, '/x/fallback'],
    ['both kinds', { $path: '/a', $claim: 'sub' }, '/x/$claim'],
    ['text for a switch', { $path: '/a', isUserWritable: 'true' }, '/x/isUserWritable'],
    ['a default of a claim', { $claim: 'sub', default: 1 }, '/x/default'],
    ['a claim that changes its length', { $claim: 'user_data' }, '/x/$claim'],
    ['a claim that there is not', { $claim: 'email' }, '/x/$claim'],
    ['a list for a claim', { $claim: ['sub'] }, '/x/$claim'],
    ['an unknown kind', { $pth: '/a' }, '/x/$pth'],
  ])('is refused with its path: %s', (_what, leaf, path) => {
    expect(problemsOf({ x: leaf })).toStrictEqual([path]);
    expect(problemsOf({ a: { b: [leaf] } })).toStrictEqual([path.replace('/x', '/a/b/0')]);
  });
});

describe('a file', () => {
  test.each([null, [], 'role', 1, true])('must hold an object: %j', (file) => {
    expect(problemsOf(file)).toStrictEqual(['']);
  });

  test('tells all its problems at once, a hundred at most', () => {
    expect(problemsOf({ sub: 1, a: { $path: 'b' } })).toStrictEqual(['/sub', '/a/$path']);
    const names = Array.from({ length: 150 }, (_, index) => [`user_data${index}`, 1]);
    expect(problemsOf(Object.fromEntries(names))).toHaveLength(100);
  });

  test('has at most 16 levels, whatever is in them', () => {
    const nest = (depth: number, wrap: (inner: unknown) => unknown) => {
      let value: unknown = 1;
      for (let level = 0; level < depth; level += 1) value = wrap(value);
      return value;
    };
    for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ a: inner })]) {
      expect(problemsOf({ a: nest(15, wrap) })).toStrictEqual([]);
      expect(problemsOf({ a: nest(16, wrap) })).toHaveLength(1);
      expect(problemsOf({ a: nest(100_000, wrap) })).toHaveLength(1);
      expect(problemsOf({ a: { $path: '/a', default: nest(100_000, wrap) } })).toHaveLength(1);
    }
  });

  test('has at most 1000 values, 100 of them from the document', () => {
    expect(problemsOf({ a: Array.from({ length: 999 }, () => 1) })).toStrictEqual([]);
    expect(problemsOf({ a: Array.from({ length: 1000 }, () => 1) })).toHaveLength(1);
    const leaf = { $path: '/a' };
    expect(problemsOf({ a: Array.from({ length: 100 }, () => leaf) })).toStrictEqual([]);
    expect(problemsOf({ a: Array.from({ length: 101 }, () => leaf) })).toStrictEqual(['']);
  });
});
