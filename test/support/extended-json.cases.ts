/** Every BSON type in every form that a client may ask for. `docs/extended-json.md` shows this table. */
import type { JsonValue } from '../../src/values/json.ts';

/** One BSON value, as JSON in the three formats. */
export interface FormatCase {
  readonly type: string;
  readonly canonical: JsonValue;
  readonly relaxed: JsonValue;
  readonly plain: JsonValue;
}

const OID = '62efedca3587e6e83c0fc675';
const UUID_BASE64 = 'c//SZESzTGmQ6OfR38A11A==';

/** A form that is the same canonical and relaxed. */
function same(type: string, json: JsonValue, plain: JsonValue): FormatCase {
  return { type, canonical: json, relaxed: json, plain };
}

/** The table. */
export const FORMAT_CASES: readonly FormatCase[] = [
  same('String', 'Zoë', 'Zoë'),
  same('Boolean', true, true),
  same('Null', null, null),
  same('Document', { a: 'b' }, { a: 'b' }),
  same('Array', ['a', null], ['a', null]),
  { type: 'Int32', canonical: { $numberInt: '42' }, relaxed: 42, plain: 42 },
  { type: 'Int64', canonical: { $numberLong: '3000000000' }, relaxed: 3e9, plain: 3e9 },
  same('Int64 beyond 2^53', { $numberLong: '9007199254740993' }, '9007199254740993'),
  { type: 'Double', canonical: { $numberDouble: '3.5' }, relaxed: 3.5, plain: 3.5 },
  { type: 'Double, integral', canonical: { $numberDouble: '4.0' }, relaxed: 4, plain: 4 },
  same('Double, negative zero', { $numberDouble: '-0.0' }, 0),
  same('Double, not a number', { $numberDouble: 'NaN' }, 'NaN'),
  same('Double, infinite', { $numberDouble: '-Infinity' }, '-Infinity'),
  same('Decimal128', { $numberDecimal: '1.10' }, '1.10'),
  {
    type: 'Date',
    canonical: { $date: { $numberLong: '1356351330501' } },
    relaxed: { $date: '2012-12-24T12:15:30.501Z' },
    plain: '2012-12-24T12:15:30.501Z',
  },
  {
    type: 'Date without milliseconds',
    canonical: { $date: { $numberLong: '0' } },
    relaxed: { $date: '1970-01-01T00:00:00Z' },
    plain: '1970-01-01T00:00:00.000Z',
  },
  same(
    'Date before 1970 or after 9999',
    { $date: { $numberLong: '-284643869501' } },
    '1960-12-24T12:15:30.499Z',
  ),
  same('ObjectId', { $oid: OID }, OID),
  same('Binary', { $binary: { base64: 'AQI=', subType: '00' } }, 'AQI='),
  same(
    'UUID',
    { $binary: { base64: UUID_BASE64, subType: '04' } },
    '73ffd264-44b3-4c69-90e8-e7d1dfc035d4',
  ),
  same('Regular expression', { $regularExpression: { pattern: '^a', options: 'i' } }, '/^a/i'),
  same('Timestamp', { $timestamp: { t: 42, i: 1 } }, { t: 42, i: 1 }),
  same('Code', { $code: 'f()' }, 'f()'),
  {
    type: 'Code with scope',
    canonical: { $code: 'f()', $scope: { x: { $numberInt: '1' } } },
    relaxed: { $code: 'f()', $scope: { x: 1 } },
    plain: { code: 'f()', scope: { x: 1 } },
  },
  same('Symbol', { $symbol: 's' }, 's'),
  same('MinKey', { $minKey: 1 }, 'MinKey'),
  same('MaxKey', { $maxKey: 1 }, 'MaxKey'),
  same('DBRef', { $ref: 'c', $id: { $oid: OID } }, { $ref: 'c', $id: OID }),
];
