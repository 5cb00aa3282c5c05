/**
 * The public JSON Schema Test Suite, draft 2020-12: every required test, and the optional ones of
 * `format`, which we assert. Each schema goes the way of an operator's file, each value the way of a
 * user's write.
 */
import { expect, test } from '@jest/globals';
import { parseExtendedJson } from '../../../../src/custom-data/extended-json-parse.ts';
import {
  parseCustomDataSchema,
  type SchemaResult,
} from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { isGatewayError } from '../../../../src/errors.ts';
import {
  describeWithSuite,
  readSuite,
  type SuiteCase,
  type SuiteGroup,
  toDocumentSchema,
} from '../../../support/json-schema-test-suite.ts';
import { nextDocument } from '../../../support/schema.ts';

/**
 * What is not as the suite wants it, by reason: files, groups (`file: group`) or single tests
 * (`file: group: test`). `docs/schema.md` says the same to operators.
 */
const EXCLUSIONS: Readonly<Record<string, readonly string[]>> = {
  '`$anchor`, `$dynamicRef`, `$id` below the top and references out of the file are refused': [
    ...['anchor', 'dynamicRef', 'refRemote'],
    'defs: validate definition against metaschema',
    'ref: remote ref, containing refs itself',
    'ref: Recursive references between schemas',
    'ref: refs with relative uris and defs',
    'ref: relative refs with absolute uris and defs',
    'ref: $id must be resolved against nearest parent, not just immediate parent',
    'ref: order of evaluation: $id and $ref',
    'ref: order of evaluation: $id and $anchor and $ref',
    'ref: simple URN base URI with $ref via the URN',
    'ref: URN base URI with URN and JSON pointer ref',
    'ref: URN base URI with URN and anchor ref',
    'ref: URN ref with nested pointer ref',
    ...['ref: ref to if', 'ref: ref to then', 'ref: ref to else'],
    'ref: ref with absolute-path-reference',
    'unevaluatedItems: unevaluatedItems with $dynamicRef',
    'unevaluatedProperties: unevaluatedProperties with $dynamicRef',
  ],
  'a reference to `true` or `false` is refused': [
    'ref: $ref to boolean schema true',
    'ref: $ref to boolean schema false',
  ],
  'vocabularies and metaschemas other than the standard ones are refused': ['vocabulary'],
  '`contentMediaType`, `contentEncoding` and `contentSchema` are refused: they assert nothing': [
    'content',
  ],
  '`format` is asserted, the tests of that are in `optional/format`': ['format'],
  'formats of internationalized names are refused, and those that are unknown': [
    ...['optional/format/idn-email', 'optional/format/idn-hostname', 'optional/format/iri'],
    ...['optional/format/iri-reference', 'optional/format/unknown'],
  ],
  'a keyword that would be ignored is refused, since an operator meant something by it': [
    'if-then-else: ignore if without then or else',
    'if-then-else: ignore then without if',
    'if-then-else: ignore else without if',
    'if-then-else: non-interference across combined schemas',
    'maxContains: maxContains without contains is ignored',
    'minContains: minContains without contains is ignored',
    'minContains: maxContains < minContains',
    'minContains: minContains = 0',
    'unevaluatedItems: unevaluatedItems and contains interact to control item dependency relationship',
    'unevaluatedItems: unevaluatedItems can see annotations from if without then and else',
    'unevaluatedProperties: unevaluatedProperties can see annotations from if without then and else',
  ],
  'no user can write a field of the name `__proto__`': [
    'properties: properties whose names are Javascript object property names: __proto__ not valid',
  ],
  'the library takes what `contains` saw, or `items` in a branch that fails, for evaluated': [
    'unevaluatedItems: unevaluatedItems with nested items',
    'unevaluatedItems: unevaluatedItems depends on adjacent contains',
    'unevaluatedItems: unevaluatedItems depends on multiple nested contains',
  ],
  'the library takes what an `if` without a `then` saw for evaluated although it failed': [
    'unevaluatedProperties: unevaluatedProperties with if/then/else, then not defined',
  ],
  'the format `email` knows no quoted names and no addresses in place of a domain': [
    ...['a quoted string with a space in the local part is valid'],
    ...['a quoted string with a double dot in the local part is valid'],
    ...['a quoted string with a @ in the local part is valid'],
    ...['an IPv4-address-literal after the @ is valid'],
    ...['an IPv6-address-literal after the @ is valid'],
  ].map((name) => `optional/format/email: validation of e-mail addresses: ${name}`),
  'the format `regex` allows escapes that mean nothing': [
    'optional/format/ecmascript-regex: \\a is not an ECMA 262 control escape',
  ],
};

const GROUPS = [...readSuite('.'), ...readSuite('optional/format')];
const EXCLUDED: ReadonlySet<string> = new Set(Object.values(EXCLUSIONS).flat());

function nameOf({ file, description }: SuiteGroup, { description: test }: SuiteCase): string {
  return `${file}: ${description}: ${test}`;
}

function isExcluded(group: SuiteGroup, testCase: SuiteCase): boolean {
  const { file, description } = group;
  const names = [file, `${file}: ${description}`, nameOf(group, testCase)];
  return names.some((name) => EXCLUDED.has(name));
}

const parsed = new Map<SuiteGroup, SchemaResult>();

/** The schema of a group, parsed once. */
function schemaOf(group: SuiteGroup): SchemaResult {
  const known = parsed.get(group);
  if (known !== undefined) return known;
  const result = parseCustomDataSchema(toDocumentSchema(group.schema), { userIdField: 'userId' });
  parsed.set(group, result);
  return result;
}

/** Whether a write of the value would be accepted, or what keeps the schema from being used. */
function accepts(group: SuiteGroup, { data }: SuiteCase): boolean | object {
  const result = schemaOf(group);
  if (result.type === 'error') return result.problems;
  try {
    const document = { value: parseExtendedJson(data) };
    result.schema.assertValid(nextDocument(document, result.schema.root), 'USER');
    return true;
  } catch (error) {
    if (!isGatewayError(error, 'CUSTOM_DATA_INVALID')) throw error;
    return false;
  }
}

describeWithSuite('the JSON Schema Test Suite', () => {
  const cases = GROUPS.flatMap((group) =>
    group.tests.map((testCase) => ({ name: nameOf(group, testCase), group, testCase })),
  );
  const included = cases.filter(({ group, testCase }) => !isExcluded(group, testCase));

  test('is all there, and most of it is in', () => {
    expect(GROUPS.length).toBeGreaterThan(380);
    expect(included.length).toBeGreaterThan(1200);
  });

  // `test.each` refuses an empty table.
  if (included.length > 0) {
    test.each(included)('$name', ({ group, testCase }) => {
      expect(accepts(group, testCase)).toBe(testCase.valid);
    });
  }

  const exclusions = Object.entries(EXCLUSIONS).flatMap(([reason, names]) =>
    names.map((name) => ({ reason, name })),
  );

  test.each(exclusions)('$name is excluded for a reason: $reason', ({ name }) => {
    const isWrong = (group: SuiteGroup) => (testCase: SuiteCase) =>
      accepts(group, testCase) !== testCase.valid;
    const groups = GROUPS.filter(
      ({ file, description }) => file === name || `${file}: ${description}` === name,
    );
    const single = cases.filter((testCase) => testCase.name === name);
    expect(groups.length + single.length).toBeGreaterThan(0);
    const passing = groups.filter((group) => !group.tests.some(isWrong(group)));
    expect(passing.map(({ description }) => description)).toEqual([]);
    expect(single.every(({ group, testCase }) => isWrong(group)(testCase))).toBe(true);
  });
});
