/** What own claims take from a document. */
import { describe, expect, test } from '@jest/globals';
import { Decimal128, Double, Int32, Long, ObjectId, UUID } from '../../../../src/bson.ts';
import { createOwnClaims } from '../../../../src/custom-data/own-claims/own-claims.ts';
import type { CustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { objectSchema } from '../../../support/schema.ts';

const ID = '62efedca3587e6e83c0fc675';

function read(path: string, document: Record<string, unknown>, schema?: CustomDataSchema): unknown {
  const own = createOwnClaims(
    { claim: { $path: path, isUserWritable: true } },
    { schema: schema ?? null, userIdField: 'userId', budgetBytes: 8000 },
  );
  return own.make(own.read(document), {}).claim;
}

test('BSON values are JSON that any program reads', () => {
  const document = {
    _id: new ObjectId(ID),
    int: new Int32(7),
    double: new Double(0.5),
    long: new Long(42),
    large: Long.fromString('9007199254740993'),
    decimal: Decimal128.fromString('1.50'),
    date: new Date(0),
    uuid: new UUID('6ad4a5a0-7b3a-4d3c-9a5e-0a6f2b1c3d4e'),
    nan: new Double(Number.NaN),
    list: [new Int32(1), { n: new Long(2) }],
    nothing: null,
  };
  const shown = Object.fromEntries(
    Object.keys(document).map((name) => [name, read(`/${name}`, document)]),
  );
  expect(shown).toStrictEqual({
    _id: ID,
    int: 7,
    double: 0.5,
    long: 42,
    large: '9007199254740993',
    decimal: '1.50',
    date: '1970-01-01T00:00:00.000Z',
    uuid: '6ad4a5a0-7b3a-4d3c-9a5e-0a6f2b1c3d4e',
    nan: 'NaN',
    list: [1, { n: 2 }],
    nothing: null,
  });
});

test.each([
  ['/a/b', 'deep'],
  ['/list/0', 'first'],
  ['/list/1/x', 'second'],
  ['/a~1b', 'slash'],
  ['/', 'empty'],
  ['/list/01', undefined],
  ['/list/-', undefined],
  ['/list/2', undefined],
  ['/list/length', undefined],
  ['/a/b/0', undefined],
  ['/a/toString', undefined],
  ['/__proto__', undefined],
  ['/constructor/name', undefined],
])('%s leads to %j (RFC 6901 section 4)', (path, value) => {
  const document = {
    a: { b: 'deep' },
    list: ['first', { x: 'second' }],
    'a/b': 'slash',
    '': 'empty',
  };
  expect(read(path, document)).toStrictEqual(value);
});

describe('of an object a claim has', () => {
  const secret = { type: 'string', readOnly: true, writeOnly: true };
  const aside = { type: 'string', 'x-token': false };
  const properties = { level: { type: 'string' }, secret, aside };
  const plan = { type: 'object', readOnly: true, properties };
  const document = { plan: { level: 'gold', secret: 's', aside: 'a', more: 1 } };

  test('what tokens carry of it', () => {
    const shown = read('/plan', document, objectSchema({ plan }));
    expect(shown).toStrictEqual({ level: 'gold', more: 1 });
  });

  test('what users see of it, if it is in no token otherwise', () => {
    const shown = read('/plan', document, objectSchema({ plan: { ...plan, 'x-token': false } }));
    expect(shown).toStrictEqual({ level: 'gold', aside: 'a', more: 1 });
  });

  test('nothing, if it would show that there is something hidden', () => {
    const shown = read('/plan', { plan: { secret: 's' } }, objectSchema({ plan }));
    expect(shown).toBeUndefined();
  });
});

test('claims that would fill half of the budget without any document are refused', () => {
  const parts = { schema: null, userIdField: 'userId', budgetBytes: 1024 };
  // {"a":"…"} has 8 characters beside the text; base64url makes 4 of 3.
  const fits = { a: 'x'.repeat(384 - 8) };
  expect(() => createOwnClaims(fits, parts)).not.toThrow();
  expect(() => createOwnClaims({ a: `${fits.a}x` }, parts)).toThrow(/TOKEN_BUDGET_BYTES/);
  const fallback = { a: { $path: '/_id', default: `${fits.a}x` } };
  expect(() => createOwnClaims(fallback, parts)).toThrow(/TOKEN_BUDGET_BYTES/);
});
