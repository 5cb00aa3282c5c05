/** What people are told of the fields of a schema. */
import { describe, expect, test } from '@jest/globals';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { tellFields } from '../../../../src/custom-data/schema/told-fields.ts';

const tell = (properties: object, required: readonly string[] = []) =>
  tellFields(
    createCustomDataSchema({ type: 'object', properties, required }, { userIdField: 'userId' })
      .root,
  );

/** Columns of the table in docs/schema.md: users write it, users see it, tokens carry it. */
const POLICIES: readonly (readonly [object, boolean, boolean, boolean])[] = [
  [{}, true, true, true],
  [{ readOnly: true }, false, true, true],
  [{ 'x-token': false }, true, true, false],
  [{ readOnly: true, 'x-token': false }, false, true, false],
  [{ writeOnly: true }, true, false, false],
];

describe('what is told of a field', () => {
  test.each(POLICIES)(
    'of %j is who writes it, who sees it, and whether tokens carry it',
    (policy, isWritten, isSeen, isInToken) => {
      const [field] = tell({ a: { type: 'string', ...policy } });
      expect(field).toMatchObject({ name: 'a', isWritten, isSeen, isInToken });
    },
  );

  test('is nothing at all if it is hidden, whatever is in it or around it', () => {
    const hidden = { readOnly: true, writeOnly: true };
    const told = tell(
      {
        risk: { type: 'number', description: 'secret', ...hidden },
        inner: {
          type: 'object',
          properties: { score: { type: 'number', ...hidden }, name: { type: 'string' } },
        },
        vault: { type: 'object', properties: { key: { type: 'string' } }, ...hidden },
      },
      ['risk'],
    );
    expect(told.map(({ name }) => name)).toEqual(['inner']);
    expect(told[0]?.fields.map(({ name }) => name)).toEqual(['name']);
    expect(JSON.stringify(told)).not.toMatch(/risk|secret|score|vault|key/);
  });

  test.each([
    [{ type: 'string' }, 'string'],
    [{ type: ['integer', 'null'] }, 'integer or null'],
    [{}, 'any'],
    [{ type: 'string', 'x-bson': 'date' }, 'date'],
    [{ type: 'string', enum: ['member', 'en-US'] }, '"member" or "en-US"'],
    [{ type: 'array', items: { type: 'string' } }, 'array of string'],
    [{ type: 'array' }, 'array'],
  ])('of %j is its type in words: %s', (schema, type) => {
    expect(tell({ a: schema })[0]?.type).toBe(type);
  });

  test('is its description, whether it is required, and whether it is deprecated', () => {
    const field = { type: 'string', description: 'What others call the user', deprecated: true };
    expect(tell({ nickname: field }, ['nickname'])[0]).toMatchObject({
      description: 'What others call the user',
      isRequired: true,
      isDeprecated: true,
    });
    expect(tell({ a: {} })[0]).toMatchObject({ isRequired: false, isDeprecated: false });
  });

  test('are the fields of the elements of an array', () => {
    const items = { type: 'object', properties: { street: { type: 'string' } } };
    expect(tell({ addresses: { type: 'array', items } })[0]?.fields[0]?.name).toBe('street');
  });
});
