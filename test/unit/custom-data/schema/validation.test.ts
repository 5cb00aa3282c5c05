import { describe, expect, test } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from '../../../../src/bson.ts';
import { parseExtendedJson } from '../../../../src/custom-data/extended-json-parse.ts';
import type { CustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { isGatewayError, type Violation } from '../../../../src/errors.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { nextDocument, objectSchema } from '../../../support/schema.ts';

function violationsOf(
  schema: CustomDataSchema,
  document: Document,
  writer: 'USER' | 'OPERATOR' = 'USER',
): readonly Violation[] {
  try {
    schema.assertValid(nextDocument(document, schema.root), writer);
  } catch (error) {
    if (!isGatewayError(error, 'CUSTOM_DATA_INVALID')) throw error;
    return error.details.violations;
  }
  return [];
}

const pathsOf = (...args: Parameters<typeof violationsOf>) =>
  violationsOf(...args).map(({ path }) => path);

test('violations point at the value, or at the member that is missing or too much', () => {
  const schema = objectSchema(
    {
      a: { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] },
      'c/d': { type: 'array', items: { type: 'boolean' } },
      e: { type: 'object', propertyNames: { maxLength: 1 } },
    },
    { additionalProperties: false, dependentRequired: { a: ['f'] } },
  );
  const document = { a: {}, 'c/d': [true, 'x'], e: { long: true }, '~': true };
  expect(pathsOf(schema, document).sort()).toEqual([
    ...['/a/b', '/c~1d/1', '/e', '/e/long', '/f', '/~0'],
  ]);
});

test('null in place of an object is no fault where it may be null', () => {
  const schema = objectSchema({
    a: { type: ['object', 'null'], properties: { b: { type: 'integer', 'x-bson': 'long' } } },
  });
  expect(pathsOf(schema, { a: null })).toEqual([]);
  expect(pathsOf(schema, { a: { b: 1 } })).toEqual(['/a/b']);
});

test("an operator's write is held to everything, a user's only to what users see and may mend", () => {
  const number = { type: 'number' };
  const schema = objectSchema({
    ...{ open: number, role: { ...number, readOnly: true } },
    secret: { ...number, writeOnly: true },
  });
  const document = { open: 'x', role: 'x', secret: 'x' };
  expect(pathsOf(schema, document)).toEqual(['/open']);
  expect(pathsOf(schema, document, 'OPERATOR').sort()).toEqual(['/open', '/role', '/secret']);
});

test('no value is quoted', () => {
  const schema = objectSchema({
    a: { type: 'string', pattern: '^x', maxLength: 3, format: 'email', enum: ['xa'], not: {} },
    b: { const: 'right', type: 'string' },
    c: { type: 'array', uniqueItems: true, contains: { const: 'y' }, items: { type: 'number' } },
  });
  const document = { a: 'CANARY', b: 'CANARY', c: ['CANARY', 'CANARY'] };
  const violations = violationsOf(schema, document);
  expect(violations.length).toBeGreaterThan(8);
  expect(JSON.stringify(violations)).not.toContain('CANARY');
});

test('at most a hundred violations are listed', () => {
  const schema = objectSchema({ a: { type: 'array', items: { type: 'string' } } });
  expect(pathsOf(schema, { a: Array.from({ length: 500 }, () => true) })).toHaveLength(100);
});

describe('what users cannot mend is not held against them', () => {
  const schema = objectSchema(
    {
      role: { type: 'string', readOnly: true },
      plan: {
        type: 'object',
        readOnly: true,
        properties: { level: { type: 'integer' } },
        required: ['level'],
      },
      secret: { type: 'integer', writeOnly: true, 'x-bson': 'int' },
      name: { type: 'string' },
      own: {
        type: 'object',
        properties: { set: { readOnly: true, type: 'string' }, free: { type: 'string' } },
        required: ['set', 'free'],
      },
    },
    { required: ['role', 'secret', 'name'] },
  );

  test.each<[string, Document, string[]]>([
    ['a missing read-only field', { name: 'x' }, []],
    ['a wrong read-only field', { name: 'x', role: true, plan: { level: 'x' } }, []],
    ['a wrong hidden field', { name: 'x', secret: 'x' }, []],
    ['a nested one', { name: 'x', own: { set: true, free: 'x' } }, []],
    ['but a writable field next to it is', { name: 'x', own: { set: true } }, ['/own/free']],
    ['and a missing writable field is', { role: true }, ['/name']],
  ])('%s', (_what, document, paths) => {
    expect(pathsOf(schema, document)).toEqual(paths);
  });
});

test('hidden fields count for nothing', () => {
  const schema = objectSchema(
    { secret: { writeOnly: true }, a: { type: 'string' } },
    { maxProperties: 1, additionalProperties: false },
  );
  expect(pathsOf(schema, { secret: true, a: 'x' })).toEqual([]);
});

describe('identity fields', () => {
  const identity = { _id: new ObjectId(), userId: 'x' };

  test('need not be in the schema', () => {
    const schema = objectSchema(
      { a: { type: 'string' } },
      { additionalProperties: false, maxProperties: 1 },
    );
    expect(pathsOf(schema, { ...identity, a: 'x' })).toEqual([]);
  });

  test('may be in the schema, required or with a type', () => {
    const schema = objectSchema(
      { userId: { type: 'string' } },
      { required: ['_id', 'userId'], maxProperties: 2 },
    );
    expect(pathsOf(schema, identity)).toEqual([]);
    expect(pathsOf(objectSchema({ userId: { type: 'boolean' } }), identity)).toEqual([]);
  });
});

describe('BSON values', () => {
  const date = new Date('2026-01-31T09:30:00Z');
  const uuid = new UUID('73ffd264-44b3-4c69-90e8-e7d1dfc035d4');

  test.each<[string, object, unknown, boolean]>([
    ['int32 is an integer', { type: 'integer', maximum: 5 }, new Int32(5), true],
    ['double is a number', { type: 'number', exclusiveMinimum: 1 }, new Double(1.5), true],
    ['an integral double is an integer', { type: 'integer' }, new Double(5), true],
    ['NaN is no number', { type: 'number' }, new Double(Number.NaN), false],
    ['Infinity is no number', { type: 'number' }, new Double(Infinity), false],
    ['int64 is an integer', { type: 'integer', minimum: 5 }, Long.fromNumber(5), true],
    ['int64 of any size has bounds', { type: 'integer', maximum: 10 }, Long.MAX_VALUE, false],
    [
      'decimal is a string',
      { type: 'string', pattern: '^1\\.10$' },
      Decimal128.fromString('1.10'),
      true,
    ],
    ['a date is a date-time', { type: 'string', format: 'date-time' }, date, true],
    [
      'a date before 1970 is a date-time',
      { type: 'string', format: 'date-time' },
      new Date(-1),
      true,
    ],
    [
      'an ObjectId is 24 hex digits',
      { type: 'string', pattern: '^[0-9a-f]{24}$' },
      new ObjectId(),
      true,
    ],
    ['a UUID is a uuid', { type: 'string', format: 'uuid' }, uuid, true],
    ['binary is base64', { type: 'string', const: 'AQI=' }, new Binary(Buffer.from([1, 2])), true],
    [
      'a pattern is a string',
      { type: 'string', const: '/a/i' },
      parseExtendedJson({ $regularExpression: { pattern: 'a', options: 'i' } }),
      true,
    ],
    [
      'a timestamp is an object',
      { type: 'object', required: ['t', 'i'] },
      parseExtendedJson({ $timestamp: { t: 1, i: 2 } }),
      true,
    ],
    ['a min key is a string', { type: 'string' }, parseExtendedJson({ $minKey: 1 }), true],
  ])('%s', (_what, schema, value, isValid) => {
    expect(pathsOf(objectSchema({ a: schema }), { a: value })).toEqual(isValid ? [] : ['/a']);
  });

  const values = {
    int: new Int32(1),
    long: Long.fromNumber(1),
    decimal: Decimal128.fromString('1'),
    date,
    objectId: new ObjectId(),
    uuid,
    binary: new Binary(Buffer.from([1])),
  };
  const accepted = { ...values, string: 'x', double: new Double(1), null: null };

  test.each(Object.keys(values))('"x-bson": "%s" takes values of that type only', (name) => {
    const type = ['int', 'long'].includes(name) ? 'integer' : 'string';
    const schema = objectSchema({ a: { type, 'x-bson': name } });
    const fitting = Object.entries(accepted)
      .filter(([, value]) => pathsOf(schema, { a: value }).length === 0)
      .map(([fits]) => fits);
    expect(fitting).toEqual(name === 'binary' ? ['uuid', 'binary'] : [name]);
  });

  test('"x-bson" holds in arrays and nested objects, and lets null through where it may be', () => {
    const moment = { type: ['string', 'null'], 'x-bson': 'date' };
    const schema = objectSchema({
      list: { type: 'array', items: { type: 'object', properties: { at: moment } } },
    });
    expect(pathsOf(schema, { list: [{ at: date }, { at: null }, {}] })).toEqual([]);
    expect(violationsOf(schema, { list: [{ at: date }, { at: '2026-01-31' }] })).toEqual([
      { path: '/list/1/at', message: 'must be of the BSON type "date"' },
    ]);
  });
});
