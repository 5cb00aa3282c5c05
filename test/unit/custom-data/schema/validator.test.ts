/**
 * The public JSON Schema Test Suite, against the way we set the library up. The package holds drafts
 * 3 and 4; what is left out below has another form in 2020-12.
 */
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { compileValidator } from '../../../../src/custom-data/schema/validator.ts';

interface Suite {
  readonly name: string;
  readonly optional: boolean;
  readonly schemas: readonly {
    readonly description: string;
    readonly schema: object;
    readonly tests: readonly {
      readonly description: string;
      readonly data: unknown;
      readonly valid: boolean;
    }[];
  }[];
}

const require = createRequire(import.meta.url);
const { draft4 } = require('json-schema-test-suite') as {
  draft4: () => Suite[];
};

const OTHER_FORM =
  /"(?:id|additionalItems|dependencies|definitions)":|"items":\[|"exclusiveM\w+":(?:true|false)|draft-04/;
/** A schema may not have members that are no keywords, which this one refers to. */
const OWN_KEYWORDS = 'escaped pointer ref';
const GROUPS = draft4()
  .filter(({ optional, name }) => !optional && !['definitions', 'refRemote'].includes(name))
  .flatMap(({ name, schemas }) => schemas.map((group) => ({ name, ...group })))
  .filter(({ schema }) => !OTHER_FORM.test(JSON.stringify(schema)))
  .filter(({ description }) => description !== OWN_KEYWORDS);

test('most of the suite is in', () => {
  expect(GROUPS.length).toBeGreaterThanOrEqual(40);
});

describe.each(GROUPS)('$name: $description', ({ schema, tests }) => {
  test.each(tests)('$description', ({ data, valid }) => {
    const compiled = compileValidator(schema);
    if (compiled.type === 'error') throw new Error(JSON.stringify(compiled.problems));
    expect(compiled.validate(data).length === 0).toBe(valid);
  });
});

describe('keywords that came after draft 4', () => {
  test.each<[keyword: string, schema: object, valid: unknown, invalid: unknown]>([
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
