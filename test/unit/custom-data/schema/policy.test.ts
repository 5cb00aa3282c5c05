import { describe, expect, test } from '@jest/globals';
import { parseCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';

const OPTIONS = { userIdField: 'userId' };

/** The problems of a schema of an object with these properties. */
function problemsOf(properties: object, rest: object = {}) {
  const result = parseCustomDataSchema({ type: 'object', properties, ...rest }, OPTIONS);
  return result.type === 'ok' ? [] : result.problems;
}

describe('a policy', () => {
  test('cannot be weaker than the one around it', () => {
    const inner = { properties: { a: { type: 'string', readOnly: false } } };
    expect(problemsOf({ o: { type: 'object', readOnly: true, ...inner } })).toMatchObject([
      { path: '/properties/o/properties/a' },
    ]);
    const token = { properties: { a: { type: 'string', 'x-token': true } } };
    expect(problemsOf({ o: { type: 'object', 'x-token': false, ...token } })).toMatchObject([
      { path: '/properties/o/properties/a' },
    ]);
  });

  test('cannot be weakened beside a "$ref"', () => {
    const result = parseCustomDataSchema(
      {
        type: 'object',
        properties: {
          a: { $ref: '#/$defs/hidden', writeOnly: false },
          b: { $ref: '#/$defs/open', readOnly: true, description: 'own' },
          c: { $ref: '#/$defs/open' },
        },
        $defs: {
          hidden: { type: 'string', writeOnly: true, 'x-token': false },
          open: { type: 'string', description: 'shared' },
        },
      },
      OPTIONS,
    );
    const fields = result.type === 'ok' ? result.schema.root.fields : new Map();
    expect(fields.get('a')).toMatchObject({ access: 'writeOnly', inToken: false, type: 'string' });
    expect(fields.get('b')).toMatchObject({ access: 'readOnly', description: 'own' });
    expect(fields.get('c')).toMatchObject({ access: 'writable', description: 'shared' });
  });

  test('holds for everything within', () => {
    const deep = { type: 'object', properties: { c: { type: 'string' } } };
    const result = parseCustomDataSchema(
      {
        type: 'object',
        properties: {
          a: { type: 'array', writeOnly: true, 'x-token': false, items: deep },
          b: { type: 'object', readOnly: true, properties: { d: deep } },
        },
      },
      OPTIONS,
    );
    const fields = result.type === 'ok' ? result.schema.root.fields : new Map();
    expect(fields.get('a').items.fields.get('c')).toMatchObject({
      access: 'writeOnly',
      inToken: false,
    });
    expect(fields.get('b').fields.get('d').fields.get('c')).toMatchObject({ access: 'readOnly' });
  });

  test.each([
    ['readOnly within writeOnly', { writeOnly: true }, { readOnly: true }],
    ['writeOnly within readOnly', { readOnly: true }, { writeOnly: true }],
    ['both', {}, { readOnly: true, writeOnly: true }],
  ])('%s leaves a field to operators alone', (_what, outer, inner) => {
    const properties = { b: { type: 'string', ...inner } };
    const result = parseCustomDataSchema(
      { type: 'object', properties: { a: { type: 'object', properties, ...outer } } },
      OPTIONS,
    );
    const fields = result.type === 'ok' ? result.schema.root.fields : new Map();
    expect(fields.get('a').fields.get('b')).toMatchObject({ access: 'hidden' });
  });

  test.each([
    ['writeOnly', { writeOnly: true }],
    ['hidden', { readOnly: true, writeOnly: true }],
  ])('cannot show what is in a field that is %s', (_what, policy) => {
    const properties = { b: { type: 'string', writeOnly: false } };
    expect(problemsOf({ a: { type: 'object', properties, ...policy } })).toMatchObject([
      { path: '/properties/a/properties/b' },
    ]);
  });

  test('cannot protect parts of elements that users may write', () => {
    const items = (policy: object) => ({
      type: 'object',
      properties: { a: { type: 'string', ...policy } },
    });
    expect(problemsOf({ l: { type: 'array', items: items({ readOnly: true }) } })).toMatchObject([
      { path: '/properties/l/items/properties/a' },
    ]);
    expect(problemsOf({ l: { type: 'array', items: items({ writeOnly: true }) } })).toMatchObject([
      { path: '/properties/l/items/properties/a' },
    ]);
    expect(
      problemsOf({ l: { type: 'array', readOnly: true, items: items({ writeOnly: true }) } }),
    ).toEqual([]);
    expect(
      problemsOf({ l: { type: 'array', writeOnly: true, items: items({ readOnly: true }) } }),
    ).toMatchObject([{ path: '/properties/l/items/properties/a' }]);
    expect(
      problemsOf({ l: { type: 'array', writeOnly: true, items: items({ writeOnly: true }) } }),
    ).toEqual([]);
    expect(problemsOf({ l: { type: 'array', items: items({ 'x-token': false }) } })).toEqual([]);
  });

  test('cannot protect the document as a whole or hide who it belongs to', () => {
    expect(problemsOf({}, { readOnly: true })).toEqual([
      { path: '', message: 'The document as a whole cannot be protected' },
    ]);
    expect(problemsOf({ _id: { writeOnly: true } })).toEqual([
      {
        path: '/properties/_id',
        message: 'An identity field cannot be hidden or kept from tokens',
      },
    ]);
    expect(problemsOf({ userId: { 'x-token': false } })).toMatchObject([
      { path: '/properties/userId' },
    ]);
    expect(problemsOf({ _id: { type: 'string' }, userId: { readOnly: true } })).toEqual([]);
  });
});
