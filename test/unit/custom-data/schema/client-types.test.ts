import { expect, test } from '@jest/globals';
import { printClientTypes } from '../../../../src/custom-data/schema/client-types.ts';
import { objectSchema } from '../../../support/schema.ts';

const print = (properties: object, rest: object = {}) =>
  printClientTypes(objectSchema(properties, rest).root);

const LONG = 'ExtendedJsonLong';
const BINARY = 'ExtendedJsonBinary';

// Relaxed Extended JSON v2 of each type; a plain number that is written is an int32 or a double.
test.each<[string, object, string, string]>([
  ['a string', { type: 'string' }, 'string', 'string'],
  ['an integer', { type: 'integer' }, 'number', 'number'],
  ['an int64', { type: 'integer', 'x-bson': 'long' }, `number | ${LONG}`, LONG],
  ['a date', { type: 'string', 'x-bson': 'date' }, 'ExtendedJsonDate', 'ExtendedJsonDate'],
  ['a decimal', { type: 'string', 'x-bson': 'decimal' }, ...twice('ExtendedJsonDecimal')],
  ['an ObjectId', { type: 'string', 'x-bson': 'objectId' }, ...twice('ExtendedJsonObjectId')],
  ['bytes', { type: 'string', 'x-bson': 'binary' }, BINARY, BINARY],
  ['a UUID', { type: 'string', 'x-bson': 'uuid' }, BINARY, `ExtendedJsonUuid | ${BINARY}`],
  [
    'texts that GraphQL cannot name',
    { enum: ['en-US', 'de'], type: 'string' },
    ...twice('"en-US" | "de"'),
  ],
  ['a list', { type: 'array', items: { type: 'boolean' } }, ...twice('ReadonlyArray<boolean>')],
  ['an object of anything', { type: 'object' }, ...twice('Readonly<Record<string, unknown>>')],
])('%s is shown and written in its form', (_what, schema, shown, written) => {
  const text = print({ a: schema });
  expect(text).toContain(`CustomData {\n  readonly a?: ${shown};\n`);
  expect(text).toContain(`NewCustomUserData {\n  readonly a?: ${written} | null;\n`);
});

function twice(type: string): [string, string] {
  return [type, type];
}

test('the snapshot has what tokens carry, a write what users may write, names as stored', () => {
  const text = print(
    {
      'first-name': { type: 'string', description: 'Given */ name' },
      plan: { type: 'string', readOnly: true },
      pin: { type: 'string', writeOnly: true },
      photos: { type: 'array', items: { type: 'string' }, 'x-token': false },
      riskScore: { type: 'number', readOnly: true, writeOnly: true },
      address: {
        ...{ type: 'object', required: ['city'] },
        properties: { city: { type: 'string' }, note: { type: 'string', 'x-token': false } },
      },
    },
    { required: ['first-name', 'plan', 'address'] },
  );
  expect(text).toBe(`// Made by \`custom-user-data schema types --client\`. Do not edit.
export interface CustomData {
  /** Given *\\/ name */
  readonly "first-name": string;
  /** Users may not write it. */
  readonly plan?: string;
  readonly address?: {
    readonly city: string;
  };
}

export interface NewCustomUserData {
  /** Given *\\/ name */
  readonly "first-name"?: string | null;
  readonly pin?: string | null;
  readonly photos?: ReadonlyArray<string> | null;
  readonly address?: {
    readonly city?: string | null;
    readonly note?: string | null;
  } | null;
}

declare module 'custom-user-data-client' {
  interface Register {
    readonly customData: CustomData;
    readonly newCustomUserData: NewCustomUserData;
  }
}
`);
});

test('every form that is used is declared', () => {
  const names = ['binary', 'date', 'decimal', 'objectId', 'uuid'] as const;
  const strings = names.map((name) => [name, { type: 'string', 'x-bson': name }]);
  const text = print({
    ...Object.fromEntries(strings),
    long: { type: 'integer', 'x-bson': 'long' },
  });
  for (const used of new Set(text.match(/ExtendedJson\w+/g))) {
    expect(text).toContain(`export type ${used} = {`);
  }
});
