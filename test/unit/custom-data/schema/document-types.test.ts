import { expect, test } from '@jest/globals';
import { printDocumentTypes } from '../../../../src/custom-data/schema/document-types.ts';
import { objectSchema } from '../../../support/schema.ts';

const print = (properties: object, rest: object = {}) =>
  printDocumentTypes(objectSchema(properties, rest).root);

test.each<[string, object, string]>([
  ['a string', { type: 'string' }, 'string'],
  ['an integer of any width', { type: 'integer' }, 'number | Long'],
  ['a number or null', { type: ['number', 'null'] }, 'number | Long | null'],
  ['an int32', { type: 'integer', 'x-bson': 'int' }, 'number'],
  ['an int64', { type: 'integer', 'x-bson': 'long' }, 'Long'],
  ['a decimal', { type: 'string', 'x-bson': 'decimal' }, 'Decimal128'],
  ['a date', { type: 'string', 'x-bson': 'date' }, 'Date'],
  ['an ObjectId', { type: 'string', 'x-bson': 'objectId' }, 'ObjectId'],
  ['bytes', { type: 'string', 'x-bson': 'binary' }, 'Binary'],
  ['a UUID', { type: 'string', 'x-bson': 'uuid' }, 'UUID'],
  ['an enumeration', { type: 'string', enum: ['a', 'b-c'] }, '"a" | "b-c"'],
  ['a list', { type: 'array', items: { type: 'boolean' } }, 'Array<boolean>'],
  ['a list of anything', { type: 'array' }, 'Array<unknown>'],
  ['an object of anything', { type: 'object' }, 'Record<string, unknown>'],
  ['several types', { type: ['string', 'integer'] }, 'unknown'],
])('functions see %s', (_what, schema, type) => {
  expect(print({ a: schema })).toContain(`\n  a?: ${type};\n`);
});

test('the module holds hidden and protected fields, names as stored, and imports what it uses', () => {
  const text = print(
    {
      'first-name': { type: 'string', description: 'Given */ name' },
      plan: {
        type: 'object',
        readOnly: true,
        properties: { seats: { type: 'integer', 'x-bson': 'long' } },
      },
      riskScore: { type: 'number', readOnly: true, writeOnly: true },
      pin: { type: 'string', writeOnly: true },
    },
    { required: ['plan'] },
  );
  expect(text).toBe(`// Made by \`custom-user-data schema types --functions\`. Do not edit.
import type { Long } from 'bson';

export interface CustomUserDataDocument {
  /** Given *\\/ name */
  "first-name"?: string;
  /** Users may not write it. */
  plan: {
    /** Users may not write it. */
    seats?: Long;
  };
  /** Users neither see nor write it. */
  riskScore?: number | Long;
  /** Users may write it and do not see it. */
  pin?: string;
}
`);
});

test('a schema without BSON classes needs no import', () => {
  expect(print({ a: { type: 'string' } })).not.toContain('import');
});
