import { describe, expect, test } from '@jest/globals';
import { compileValidator } from '../../../../src/custom-data/schema/validator.ts';

/**
 * One case a keyword, so that these are tested where the public suite is not at hand, too:
 * `json-schema-test-suite.test.ts`.
 */
describe('the validator knows', () => {
  test.each<[keyword: string, schema: object, valid: unknown, invalid: unknown]>([
    ['additionalProperties', { additionalProperties: false }, {}, { a: 1 }],
    ['allOf', { allOf: [{ minimum: 1 }, { maximum: 2 }] }, 1, 3],
    ['anyOf', { anyOf: [{ type: 'string' }, { minimum: 2 }] }, 2, 1],
    ['enum', { enum: [1, { a: [] }] }, { a: [] }, { a: [1] }],
    ['items', { items: { type: 'null' } }, [null], [1]],
    ['maxItems', { maxItems: 1 }, [1], [1, 2]],
    ['maxLength, in characters', { maxLength: 1 }, '\u{1F600}', 'ab'],
    ['maxProperties', { maxProperties: 1 }, { a: 1 }, { a: 1, b: 2 }],
    ['maximum', { maximum: 5 }, 5, 5.1],
    ['minItems', { minItems: 1 }, [1], []],
    ['minLength', { minLength: 1 }, 'a', ''],
    ['minProperties', { minProperties: 1 }, { a: 1 }, {}],
    ['minimum', { minimum: 5 }, 5, 4.9],
    ['multipleOf', { multipleOf: 2 }, 4, 5],
    ['not', { not: { type: 'null' } }, 1, null],
    ['oneOf', { oneOf: [{ minimum: 1 }, { maximum: 2 }] }, 3, 1.5],
    ['pattern', { pattern: '^a' }, 'ab', 'ba'],
    ['patternProperties', { patternProperties: { '^a': { type: 'null' } } }, { b: 1 }, { a: 1 }],
    ['properties', { properties: { a: { type: 'null' } } }, { a: null }, { a: 1 }],
    ['required', { required: ['toString'] }, { toString: 1 }, {}],
    ['type', { type: ['string', 'null'] }, null, 1],
    ['uniqueItems', { uniqueItems: true }, [1, '1'], [{ a: 1 }, { a: 1 }]],
    ['const', { const: { a: 1 } }, { a: 1 }, { a: 2 }],
    ['contains', { contains: { type: 'null' } }, [1, null], [1]],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { b: 1 }, { a: 1 }],
    [
      'dependentSchemas',
      { dependentSchemas: { a: { maxProperties: 1 } } },
      { a: 1 },
      { a: 1, b: 1 },
    ],
    ['exclusiveMaximum', { exclusiveMaximum: 5 }, 4.9, 5],
    ['exclusiveMinimum', { exclusiveMinimum: 5 }, 5.1, 5],
    ['if, else', { if: { type: 'string' }, else: false }, 'x', 1],
    ['integers that have a point', { type: 'integer' }, 1.0, 1.5],
    ['maxContains', { contains: { const: 1 }, maxContains: 1 }, [1, 2], [1, 1]],
    ['minContains', { contains: { const: 1 }, minContains: 2 }, [1, 1], [1]],
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, ['x'], ['x', 1]],
    ['propertyNames', { propertyNames: { maxLength: 1 } }, { a: 1 }, { ab: 1 }],
    ['unevaluatedItems', { prefixItems: [true], unevaluatedItems: false }, [1], [1, 2]],
    [
      'unevaluatedProperties',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ['$defs', { $ref: '#/$defs/a', $defs: { a: { type: 'null' } } }, null, 1],
    ['format date-time', { format: 'date-time' }, '2026-01-31T09:30:00Z', '2026-01-31'],
    ['format email', { format: 'email' }, 'a@example.com', 'a'],
    ['format uuid', { format: 'uuid' }, '73ffd264-44b3-4c69-90e8-e7d1dfc035d4', '73ffd264'],
  ])('%s', (_keyword, schema, valid, invalid) => {
    const compiled = compileValidator(schema);
    if (compiled.type === 'error') throw new Error(JSON.stringify(compiled.problems));
    expect(compiled.validate(valid)).toEqual([]);
    expect(compiled.validate(invalid).length).toBeGreaterThan(0);
  });
});
