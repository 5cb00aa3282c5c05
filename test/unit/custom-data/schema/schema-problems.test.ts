import { describe, expect, test } from '@jest/globals';
import {
  createCustomDataSchema,
  parseCustomDataSchema,
} from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { PROFILE_SCHEMA } from '../../../support/schema.ts';

const OPTIONS = { userIdField: 'userId' };

/** The problems of a schema of an object with these properties. */
function problemsOf(properties: object, rest: object = {}) {
  const result = parseCustomDataSchema({ type: 'object', properties, ...rest }, OPTIONS);
  return result.type === 'ok' ? [] : result.problems;
}

const condition = (schema: object) => ({ type: 'object', properties: { a: {} }, ...schema });

test('a schema that uses everything has no problems', () => {
  expect(parseCustomDataSchema(PROFILE_SCHEMA, OPTIONS).type).toBe('ok');
});

test.each([
  ['null', null],
  ['a boolean schema', true],
  ['an array', []],
  ['no type', {}],
  ['a schema of strings', { type: 'string' }],
  ['a schema of objects and null', { type: ['object', 'null'] }],
])('%s describes no document', (_what, file) => {
  expect(parseCustomDataSchema(file, OPTIONS)).toEqual({
    type: 'error',
    problems: [{ path: '', message: 'A document needs "type": "object"' }],
  });
});

test('what only the library objects to is a problem with a place', () => {
  expect(problemsOf({ a: { minimum: 'x' } })).toEqual([
    { path: '/properties/a/minimum', message: 'must be number' },
  ]);
});

test('a problem of the file as a whole is shown at its root', () => {
  expect(() => createCustomDataSchema([], OPTIONS)).toThrow(
    expect.objectContaining({
      name: 'SchemaFileError',
      message: expect.stringMatching(/:\n {2}\/: A document needs "type": "object"$/),
      problems: [{ path: '', message: 'A document needs "type": "object"' }],
    }),
  );
});

test('every problem is listed with its place', () => {
  const file = {
    type: 'object',
    properties: {
      'a/b': { type: 'string', minSize: 1 },
      c: { type: 'string', format: 'phone' },
      d: { $ref: '#/$defs/nothing' },
      e: { type: 'string', pattern: '(' },
    },
  };
  expect(() => createCustomDataSchema(file, OPTIONS)).toThrow(
    new Error(
      [
        'The file that CUSTOM_DATA_SCHEMA_FILE names cannot be used:',
        '  /properties/a~1b/minSize: "minSize" is not a keyword that is supported',
        '  /properties/c/format: "phone" is not a format that is supported',
        '  /properties/d/$ref: "$ref" must lead to a schema in this file',
        '  /properties/e: "(" is not a regular expression',
      ].join('\n'),
    ),
  );
});

describe('a policy must be where the tree of fields sees it', () => {
  test.each<[string, object, string]>([
    ['allOf', { allOf: [condition({ readOnly: true })] }, '/allOf/0/readOnly'],
    ['if', { if: { properties: { a: { writeOnly: true } } } }, '/if/properties/a/writeOnly'],
    ['not', { not: { 'x-token': false } }, '/not/x-token'],
    [
      'additionalProperties',
      { additionalProperties: { type: 'string', writeOnly: true } },
      '/additionalProperties/writeOnly',
    ],
    [
      'patternProperties',
      { patternProperties: { '^x': { 'x-bson': 'date' } } },
      '/patternProperties/^x/x-bson',
    ],
    [
      'dependentSchemas',
      { dependentSchemas: { a: { readOnly: true } } },
      '/dependentSchemas/a/readOnly',
    ],
    [
      'a definition that a condition uses',
      {
        allOf: [{ $ref: '#/$defs/x' }],
        $defs: { x: { type: 'object', properties: { a: { writeOnly: true } } } },
      },
      '/allOf/0/properties/a/writeOnly',
    ],
  ])('%s holds none', (_keyword, rest, path) => {
    expect(problemsOf({}, rest).map((problem) => problem.path)).toEqual([path]);
  });

  test('prefixItems holds none', () => {
    const list = { type: 'array', prefixItems: [{ type: 'string', readOnly: true }], items: false };
    expect(problemsOf({ list })).toMatchObject([
      { path: '/properties/list/prefixItems/0/readOnly' },
    ]);
  });
});

describe('a condition cannot look at a hidden field', () => {
  test.each<[string, object]>([
    ['if', { if: { properties: { secret: { const: 1 } } } }],
    ['if … required', { if: { required: ['secret'] } }],
    ['nested conditions', { allOf: [{ anyOf: [{ not: { required: ['secret'] } }] }] }],
    ['dependentRequired', { dependentRequired: { secret: ['a'] } }],
    ['dependentRequired on it', { dependentRequired: { a: ['secret'] } }],
    ['dependentSchemas', { dependentSchemas: { secret: {} } }],
  ])('%s', (_what, rest) => {
    expect(problemsOf({ secret: { writeOnly: true } }, rest)).toEqual([
      { path: '', message: 'A condition cannot look at the hidden field "secret"' },
    ]);
  });

  test('conditions on other fields are fine', () => {
    const rest = {
      required: ['secret'],
      dependentRequired: { a: ['b'] },
      if: { required: ['a'] },
      else: { properties: { b: { const: 1 } } },
    };
    expect(problemsOf({ secret: { writeOnly: true } }, rest)).toEqual([]);
  });
});

describe('structure', () => {
  test.each<[string, object, string]>([
    ['properties without type', { properties: {} }, ''],
    ['items without type', { items: {} }, ''],
    ['an unknown BSON type', { type: 'string', 'x-bson': 'regex' }, '/x-bson'],
    ['a date of type number', { type: 'number', 'x-bson': 'date' }, ''],
    ['a long of type string', { type: 'string', 'x-bson': 'long' }, ''],
    ['"$ref" beside constraints', { $ref: '#/$defs/x', minLength: 1 }, '/minLength'],
    ['"$ref" to another file', { $ref: 'other.json' }, '/$ref'],
    ['"$ref" with a broken escape', { $ref: '#/$defs/%zz' }, '/$ref'],
    ['"$id" within', { $id: 'https://example.com/x' }, '/$id'],
    ['"$anchor"', { $anchor: 'x' }, '/$anchor'],
    ['a name that is no string', { 'x-graphql-name': 1 }, '/x-graphql-name'],
  ])('%s is refused', (_what, schema, path) => {
    const problems = problemsOf({ a: schema }, { $defs: { x: { type: 'string' } } });
    expect(problems.map((problem) => problem.path)).toEqual([`/properties/a${path}`]);
  });

  test('a schema cannot hold itself', () => {
    expect(
      problemsOf(
        { a: { $ref: '#/$defs/x' } },
        {
          $defs: { x: { type: 'object', properties: { y: { $ref: '#/$defs/x' } } } },
        },
      ),
    ).toMatchObject([{ message: 'A schema cannot hold itself' }]);
    expect(problemsOf({ a: { $ref: '#/properties/a' } })).toMatchObject([
      { message: 'A schema cannot hold itself' },
    ]);
  });

  test('what the specification forbids is refused with its place', () => {
    expect(problemsOf({ a: { type: 'text' } })[0]).toMatchObject({ path: '/properties/a/type' });
    expect(problemsOf({ a: { type: 'string', minLength: -1 } })[0]).toMatchObject({
      path: '/properties/a/minLength',
    });
    expect(problemsOf({ a: { readOnly: 'yes' } })[0]).toMatchObject({
      path: '/properties/a/readOnly',
    });
  });

  test('another draft is refused', () => {
    expect(problemsOf({}, { $schema: 'http://json-schema.org/draft-07/schema#' })).toHaveLength(1);
  });

  test('"x-token" must be a boolean', () => {
    expect(problemsOf({ a: { 'x-token': 'no' } })).toMatchObject([
      { path: '/properties/a/x-token' },
    ]);
  });
});
