import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convertSnapshot } from '../../../src/custom-data/convert-snapshot.ts';
import { formatExtendedJson } from '../../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import type { JsonObject, JsonValue } from '../../../src/values/json.ts';
import { FORMAT_CASES } from '../../support/extended-json.cases.ts';
import { canonicalDocument } from '../../support/json-arbitraries.ts';

describe('convertSnapshot', () => {
  test.each(FORMAT_CASES)('$type', ({ canonical, relaxed, plain }) => {
    const claim = { a: [canonical] };
    expect(convertSnapshot(claim, 'CANONICAL')).toBe(claim);
    expect(convertSnapshot(claim, 'RELAXED')).toStrictEqual({ a: [relaxed] });
    expect(convertSnapshot(claim, 'PLAIN')).toStrictEqual({ a: [plain] });
  });

  test.each(FORMAT_CASES)('$type, from a relaxed claim', ({ canonical, relaxed, plain }) => {
    const claim = { a: [relaxed] };
    expect(convertSnapshot(claim, 'RELAXED')).toStrictEqual(claim);
    expect(convertSnapshot(claim, 'PLAIN')).toStrictEqual({ a: [plain] });
    const driverTyped = formatExtendedJson(parseExtendedJson(relaxed), 'canonical');
    const ambiguous = typeof relaxed === 'number';
    expect(convertSnapshot(claim, 'CANONICAL')).toStrictEqual({
      a: [ambiguous ? driverTyped : canonical],
    });
  });

  test('the extremes of int32 and of dates are recognized', () => {
    const canonical = (json: JsonValue) => convertSnapshot({ a: json }, 'CANONICAL').a;
    expect(canonical(2 ** 31 - 1)).toStrictEqual({ $numberInt: '2147483647' });
    expect(canonical(-(2 ** 31))).toStrictEqual({ $numberInt: '-2147483648' });
    expect(canonical(2 ** 31)).toStrictEqual({ $numberDouble: '2147483648.0' });
    const plainDate = (milliseconds: string) =>
      convertSnapshot({ a: { $date: { $numberLong: milliseconds } } }, 'PLAIN').a;
    expect(plainDate('8640000000000000')).toBe('+275760-09-13T00:00:00.000Z');
    expect(plainDate('-8640000000000000')).toBe('-271821-04-20T00:00:00.000Z');
  });

  test('is what formatting the document would be', () => {
    fc.assert(
      fc.property(canonicalDocument, (json) => {
        const value = parseExtendedJson(json);
        const canonical = formatExtendedJson(value, 'canonical') as JsonObject;
        const relaxed = formatExtendedJson(value, 'relaxed') as JsonObject;
        expect(convertSnapshot(canonical, 'CANONICAL')).toBe(canonical);
        expect(convertSnapshot(canonical, 'RELAXED')).toStrictEqual(relaxed);
        expect(convertSnapshot(relaxed, 'CANONICAL')).toStrictEqual(
          formatExtendedJson(parseExtendedJson(relaxed), 'canonical'),
        );
      }),
    );
  });

  test.each<JsonObject>([
    { a: { $numberInt: null } },
    { a: { $numberLong: { b: 'c' } } },
    { a: { $numberInt: 'abc', b: 'c' } },
    { a: { $numberDouble: [] } },
    { a: { $date: null } },
    { a: { $date: { $numberLong: 'x' } } },
    { a: { $oid: null } },
    { a: { $binary: 'x' } },
    { a: { $binary: null } },
    { a: { $regularExpression: null } },
    { a: { $binary: { base64: null } } },
    { a: { $regularExpression: { pattern: null } } },
    { a: { $code: null, $scope: null } },
    { a: { $unknown: 'x' } },
    { a: {} },
  ])('a document from outside that only looks like a wrapper stays as it is: %j', (claim) => {
    expect(convertSnapshot(claim, 'PLAIN')).toBe(claim);
    expect(convertSnapshot(claim, 'RELAXED')).toBe(claim);
  });

  test('a key "__proto__" stays a property', () => {
    const claim = JSON.parse('{"__proto__":{"$numberInt":"1"}}') as JsonObject;
    expect(JSON.stringify(convertSnapshot(claim, 'RELAXED'))).toBe('{"__proto__":1}');
  });
});
