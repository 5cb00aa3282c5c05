import { describe, expect, test } from '@jest/globals';
import { buildSchema, extendSchema, validateSchema } from 'graphql';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { createTypeDefs } from '../../../../src/graphql/typed/type-defs.ts';
import { createTypedModel, type TypeReference } from '../../../../src/graphql/typed/typed-model.ts';
import { printTypeScript } from '../../../../src/graphql/typed/typescript.ts';
import { fieldsOf, objectSchema, PROFILE_SCHEMA } from '../../../support/schema.ts';

const BASE = buildSchema(`type Query { me: User } type User { id: ID! } type Mutation { a: Int }
  scalar JSON scalar DateTime enum EJSONFormat { RELAXED } enum WriteMode { MERGE }
  type WriteCustomUserDataPayload { user: User! }`);

function text(type: TypeReference): string {
  const inner = type.kind === 'list' ? `[${text(type.items)}]` : type.name;
  return type.isNonNull ? `${inner}!` : inner;
}

/** Name and type of every field of the first type of a side. */
function typesOf(properties: object, side: 'objects' | 'inputs' = 'objects', rest: object = {}) {
  const model = createTypedModel(objectSchema(properties, rest).root);
  return Object.fromEntries((model[side][0]?.fields ?? []).map((f) => [f.name, text(f.type)]));
}

test('the types extend the API to a valid schema', () => {
  const { root } = createCustomDataSchema(PROFILE_SCHEMA, { userIdField: 'userId' });
  const schema = extendSchema(BASE, createTypeDefs(createTypedModel(root)));
  expect(validateSchema(schema)).toEqual([]);
});

test.each<[string, object, string]>([
  ['a string', { type: 'string' }, 'String'],
  ['an integer', { type: 'integer' }, 'Int'],
  ['an integer or null', { type: ['integer', 'null'] }, 'Int'],
  ['a number', { type: 'number' }, 'Float'],
  ['a boolean', { type: 'boolean' }, 'Boolean'],
  ['an int32', { type: 'integer', 'x-bson': 'int' }, 'Int'],
  ['an int64', { type: 'integer', 'x-bson': 'long' }, 'Long'],
  ['a decimal', { type: 'string', 'x-bson': 'decimal' }, 'Decimal128'],
  ['a date', { type: 'string', 'x-bson': 'date' }, 'DateTime'],
  ['an ObjectId', { type: 'string', 'x-bson': 'objectId' }, 'ObjectId'],
  ['a UUID', { type: 'string', 'x-bson': 'uuid' }, 'UUID'],
  ['bytes', { type: 'string', 'x-bson': 'binary' }, 'Binary'],
  ['an enumeration', { type: 'string', enum: ['a', 'b'] }, 'CustomUserDataA'],
  ['values that are no names', { type: 'string', enum: ['en-US'] }, 'String'],
  ['values that GraphQL keeps', { type: 'string', enum: ['true'] }, 'String'],
  ['several types', { type: ['string', 'integer'] }, 'JSON'],
  ['no type', {}, 'JSON'],
  ['an object of anything', { type: 'object' }, 'JSON'],
  ['an object', { type: 'object', properties: { b: {} } }, 'CustomUserDataA'],
  ['an object that hides all', { type: 'object', properties: { b: { writeOnly: true } } }, 'JSON'],
  ['a list', { type: 'array', items: { type: 'string' } }, '[String!]'],
  ['a list with nulls', { type: 'array', items: { type: ['string', 'null'] } }, '[String]'],
  ['a list of anything', { type: 'array' }, '[JSON]'],
  [
    'a list of lists',
    { type: 'array', items: { type: 'array', items: { type: 'number' } } },
    '[[Float!]!]',
  ],
])('%s', (_what, schema, type) => {
  expect(typesOf({ a: schema })).toEqual({ a: type });
});

test('only a required field that users may write is non-null, and never in an input', () => {
  const properties = {
    a: { type: 'string' },
    b: { type: 'string', readOnly: true },
    c: { type: ['string', 'null'] },
    d: { type: 'string' },
    e: {},
  };
  const rest = { required: ['a', 'b', 'c', 'e'] };
  expect(typesOf(properties, 'objects', rest)).toEqual({
    ...{ a: 'String!', b: 'String', c: 'String', d: 'String', e: 'JSON' },
  });
  expect(typesOf(properties, 'inputs', rest)).toEqual({
    ...{ a: 'String', c: 'String', d: 'String', e: 'JSON' },
  });
});

test('each side has the fields that it may have', () => {
  const properties = {
    open: { type: 'string' },
    shown: { type: 'string', readOnly: true },
    stored: { type: 'string', 'x-token': false },
    pin: { type: 'string', writeOnly: true },
    hidden: { type: 'string', readOnly: true, writeOnly: true },
    userId: { type: 'string' },
  };
  expect(Object.keys(typesOf(properties))).toEqual(['open', 'shown', 'userId']);
  expect(Object.keys(typesOf(properties, 'inputs'))).toEqual(['open', 'stored', 'pin']);
});

test('a schema without fields adds only what reads the store', () => {
  const model = createTypedModel(fieldsOf({}));
  expect(model).toMatchObject({ objects: [], inputs: [], enums: [], scalars: [], problems: [] });
  expect(validateSchema(extendSchema(BASE, createTypeDefs(model)))).toEqual([]);
});

test('descriptions arrive as they are, whatever they hold', () => {
  const description = 'Says "hi" \\ """ */ \u2028 𝒳\nand more';
  const { root } = objectSchema({ a: { type: 'string', description, deprecated: true } });
  const schema = extendSchema(BASE, createTypeDefs(createTypedModel(root)));
  const type = schema.getType('CustomUserData');
  const field = type !== undefined && 'getFields' in type ? type.getFields().a : undefined;
  expect(field).toMatchObject({ description, deprecationReason: 'No longer supported' });
  expect(printTypeScript(root)).toContain('/** Says "hi" \\ """ *\\/ \u2028 𝒳 and more */');
});

describe('names', () => {
  const problemsOf = (properties: object) => createTypedModel(fieldsOf(properties)).problems;

  test.each(['first-name', '1st', '', 'naïve', '__typename', 'a b'])('%j is no name', (name) => {
    expect(problemsOf({ [name]: { type: 'string' } })).toMatchObject([
      { path: `/properties/${name}` },
    ]);
    const hidden = { type: 'string', readOnly: true, writeOnly: true };
    expect(problemsOf({ [name]: hidden })).toEqual([]);
  });

  test('a field may have another name in GraphQL', () => {
    const properties = { 'first-name': { type: 'string', 'x-graphql-name': 'firstName' } };
    expect(typesOf(properties)).toEqual({ firstName: 'String' });
  });

  test('fields and types of one name are refused', () => {
    const b = { type: 'string', 'x-graphql-name': 'a' };
    expect(problemsOf({ a: { type: 'string' }, b })).toMatchObject([{ path: '/properties/b' }]);
    const object = { type: 'object', properties: { x: { type: 'string' } } };
    expect(problemsOf({ input: object })).toMatchObject([{ path: '' }]);
    expect(problemsOf({ a: object, A: object })).toHaveLength(2);
  });
});

test('the TypeScript types say what the GraphQL types say', () => {
  const { root } = objectSchema(
    {
      name: { type: 'string', description: 'Of the user' },
      age: { type: 'integer' },
      theme: { type: 'string', enum: ['light', 'dark'] },
      places: {
        type: 'array',
        items: { type: 'object', properties: { at: { type: 'string', 'x-bson': 'date' } } },
      },
      marks: { type: 'array', items: { type: ['number', 'null'] } },
      rest: {},
      role: { type: 'string', readOnly: true },
      photos: { type: 'array', items: {}, 'x-token': false },
      vault: {
        type: 'object',
        writeOnly: true,
        properties: { pin: { type: 'string' }, seal: { type: 'string', readOnly: true } },
      },
    },
    { required: ['name', 'places'] },
  );
  expect(printTypeScript(root)).toBe(`// Made by \`custom-user-data schema types\`. Do not edit.

export interface CustomUserData {
  /** Of the user */
  readonly name: string;
  readonly age: number | null;
  readonly theme: CustomUserDataTheme | null;
  readonly places: readonly CustomUserDataPlaces[];
  readonly marks: readonly (number | null)[] | null;
  readonly rest: unknown;
  readonly role: string | null;
}

export interface CustomUserDataPlaces {
  readonly at: string | null;
}

export interface CustomUserDataInput {
  /** Of the user */
  readonly name?: string | null;
  readonly age?: number | null;
  readonly theme?: CustomUserDataTheme | null;
  readonly places?: readonly CustomUserDataPlacesInput[] | null;
  readonly marks?: readonly (number | null)[] | null;
  readonly rest?: unknown;
  readonly photos?: readonly unknown[] | null;
  readonly vault?: CustomUserDataVaultInput | null;
}

export interface CustomUserDataPlacesInput {
  readonly at?: string | null;
}

export interface CustomUserDataVaultInput {
  readonly pin?: string | null;
}

export type CustomUserDataTheme = "light" | "dark";
`);
});
