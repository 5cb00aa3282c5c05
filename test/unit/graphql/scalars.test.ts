import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { astFromValue, GraphQLError, parseValue, print } from 'graphql';
import { DateTimeScalar, JSONScalar } from '../../../src/graphql/scalars.ts';

/** A JSON value as a GraphQL literal; keys are GraphQL names. */
function toLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, member]) => `${name}: ${toLiteral(member)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

const { tree: jsonWithNames } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[A-Za-z]\w{0,6}$/), tie('tree'), { maxKeys: 4 }),
  ),
}));

describe('JSON', () => {
  test('a literal is the JSON value it spells', () => {
    fc.assert(
      fc.property(jsonWithNames, (value) => {
        const parsed = JSONScalar.parseLiteral(parseValue(toLiteral(value)), {});
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('the key __proto__ becomes an own property', () => {
    const parsed = JSONScalar.parseLiteral(parseValue('{__proto__: {a: 1}}'), {});
    expect(Object.keys(parsed as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test('a variable inside a literal is its value, null if it is absent', () => {
    const node = parseValue('{a: $given, b: $absent}');
    expect(JSONScalar.parseLiteral(node, { given: { c: 1 } })).toEqual({ a: { c: 1 }, b: null });
  });

  test('an enum value is refused', () => {
    expect(() => JSONScalar.parseLiteral(parseValue('RED'), {})).toThrow(GraphQLError);
  });
});

describe('DateTime', () => {
  test('is written as ISO 8601 in UTC', () => {
    expect(DateTimeScalar.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  });

  test('anything but a Date is a fault of ours', () => {
    expect(() => DateTimeScalar.serialize('1970')).toThrow(TypeError);
  });

  test('is described by the schema only', () => {
    expect(print(astFromValue(new Date(0), DateTimeScalar) ?? parseValue('null'))).toBe(
      '"1970-01-01T00:00:00.000Z"',
    );
  });
});
