/** What the operators of the language make of each BSON class that a function can meet. */
import { describe, expect, test } from '@jest/globals';
import { Int32, Long } from '../../../../../src/bson.ts';
import { runSource } from '../../../../support/function-runner.ts';

/** What a row says of a value `x`. `null`: the language has no number for it. */
interface Row {
  readonly plusOne: unknown;
  readonly plusText: string;
  readonly template: string;
  readonly times2: number | null;
  readonly json: string;
}

const ID = '63ed2dbe5960df2af7fd216e';
const UUID = '123e4567-e89b-42d3-a456-426614174000';

/**
 * `Long`: a number of App Services, where `sum(1, 2, 3, 4, 5)` with arguments of type int64 was 15 (the tests of
 * the vendor's Swift client). ECMAScript gives a number's text in templates and JSON.
 * The other classes: the `bson` library's own `valueOf`, `toString` and `toJSON`, as with the driver.
 * ECMA-262 13.15.3 (+), 7.1.17 (template strings), 25.5.2 (JSON.stringify).
 */
const ROWS: Readonly<Record<string, Row>> = {
  'BSON.Long(5)': row(6, '5', '5', 10, '5'),
  'BSON.Long.fromString("-3000000000")': row(
    ...([-2999999999, '-3000000000', '-3000000000', -6e9, '-3000000000'] as const),
  ),
  'BSON.Int32(5)': row(6, '5', '5', 10, '5'),
  'BSON.Double(1.5)': row(2.5, '1.5', '1.5', 3, '1.5'),
  // No number of the language holds a decimal: `+` gives text rather than a sum that is a little wrong.
  'BSON.Decimal128("1.10")': row('1.101', '1.10', '1.10', 2.2, '{"$numberDecimal":"1.10"}'),
  'BSON.Timestamp(4, 3)': row(
    ...(['128849018921', '12884901892', '12884901892', 25769803784] as const),
    '{"$timestamp":"12884901892"}',
  ),
  [`BSON.ObjectId("${ID}")`]: row(`${ID}1`, ID, ID, null, `"${ID}"`),
  [`BSON.UUID("${UUID}")`]: row(`${UUID}1`, UUID, UUID, null, `"${UUID}"`),
  'BSON.Binary.fromHex("6162")': row('ab1', 'ab', 'ab', null, '"YWI="'),
  'BSON.BSONSymbol("s")': row('s1', 's', 's', null, '"s"'),
};

function row(
  plusOne: unknown,
  plusText: string,
  template: string,
  times2: number | null,
  json: string,
): Row {
  return { plusOne, plusText, template, times2, json };
}

const evaluate = async (expression: string, args: readonly unknown[] = []) => {
  const { failure, result } = await runSource(`exports = (x, y) => (${expression})`, { args });
  expect(failure).toBeUndefined();
  return result;
};
const toNumber = (value: unknown) =>
  typeof value === 'object' && value !== null ? Number((value as Int32).value) : value;

describe('operators', () => {
  test.each(Object.entries(ROWS))('make of %s what the table says', async (value, expected) => {
    const seen = await evaluate(`((x) => {
      const times2 = x * 2;
      return [x + 1, x + '', \`\${x}\`, Number.isNaN(times2) ? null : times2, JSON.stringify(x)];
    })(${value})`);
    const { json, plusOne, plusText, template, times2 } = expected;
    expect((seen as unknown[]).map(toNumber)).toEqual([plusOne, plusText, template, times2, json]);
  });

  test.each<[string, unknown]>([
    ['x + y', 12],
    ['x - y', 8],
    ['-x', -10],
    ['x < y', false],
    ['y < x', true],
    ['x >= 10', true],
    ['x == 10', true],
    ['x != 11', true],
    ['x === 10', false],
    ['Number(x)', 10],
    ['parseInt(x)', 10],
    ['Math.max(x, y)', 10],
    ['[x, y].reduce((a, b) => a + b, 0)', 12],
    ['[x, y].sort((a, b) => a - b).map(Number)', [2, 10]],
    ['new Date(x).getTime()', 10],
    ['["a", "b", "c"][y]', 'c'],
    ['String(x)', '10'],
    ['x + " and " + y', '10 and 2'],
    ['JSON.stringify({ x, list: [y] })', '{"x":10,"list":[2]}'],
    ['EJSON.stringify({ x }, { relaxed: false })', '{"x":{"$numberLong":"10"}}'],
    ['x.add(y).toString()', '12'],
    ['x ? 1 : 2', 1],
    ['Object.keys(x).length', 3],
  ])('work with int64 arguments 10 and 2 as with numbers: %s', async (expression, expected) => {
    const seen = await evaluate(expression, [Long.fromInt(10), Long.fromInt(2)]);
    expect(Array.isArray(seen) ? seen.map(toNumber) : toNumber(seen)).toEqual(expected);
  });

  test('lose digits beyond 2 ^ 53 as with any number; text and what is passed through keep them', async () => {
    const large = Long.fromString('9007199254740993');
    // IEEE 754: the even neighbour.
    expect(await evaluate('(x + 0) === 9007199254740992', [large])).toBe(true);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a function
    expect(await evaluate('`${x}`', [large])).toBe('9007199254740993');
    expect(await evaluate('({ x })', [large])).toEqual({ x: large });
  });

  test('keep the width of an int64 that is passed through', async () => {
    expect(await evaluate('[x, y]', [Long.fromInt(1), new Int32(1)])).toEqual([
      Long.fromInt(1),
      new Int32(1),
    ]);
  });

  test('tell two timestamps of one second apart', async () => {
    const expression = 'BSON.Timestamp(1, 1700000000) < BSON.Timestamp(2, 1700000000)';
    expect(await evaluate(expression)).toBe(true);
  });

  test('have methods of the context only: what a function does to their prototypes ends with it', async () => {
    const methods =
      '[BSON.Long.prototype.valueOf, BSON.Binary.prototype.text, BSON.Binary.fromHex]';
    expect(await evaluate(`${methods}.map((method) => method instanceof Function)`)).toEqual([
      true,
      true,
      true,
    ]);
  });
});
