import { beforeAll, describe, expect, test } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from '../../../../../src/bson.ts';
import { encodeDocument } from '../../../../../src/store/document-bytes.ts';
import {
  type Aggregation,
  loadAggregation,
  type PipelinePart,
} from '../../../../../src/store/query/aggregation/aggregation.ts';
import { compileFilter } from '../../../../../src/store/query/filter.ts';
import { decodePlain, toTyped } from '../../../../../src/store/stored-document.ts';
import type { Document } from '../../../../../src/values/documents.ts';
import { createDocumentComparator } from '../../../../../src/values/order.ts';

let aggregation: Aggregation;
beforeAll(async () => {
  aggregation = await loadAggregation();
});

/** Runs the parts of a pipeline one after the other. */
function run(documents: Document[], ...pipeline: Document[]): Document[] {
  let current = documents.map((document) => decodePlain(encodeDocument(document)));
  for (const part of aggregation.split(pipeline)) current = runPart(part, current);
  return current.map(aggregation.toTyped);
}

function runPart(part: PipelinePart, documents: Document[]): Document[] {
  switch (part.type) {
    case 'sort':
      return documents.sort(createDocumentComparator(part.sort));
    case 'group': {
      const grouping = part.begin();
      for (const document of documents) grouping.add(document);
      return [...grouping.results()];
    }
    case 'stages':
      return [...part.run(documents, () => [])];
  }
}

describe('a pipeline', () => {
  test('sums decimals and large int64 exactly', () => {
    const group = { $group: { _id: null, total: { $sum: '$n' } } };
    const decimals = ['0.10', '0.20'].map((text) => ({ n: Decimal128.fromString(text) }));
    expect(run(decimals, group)).toEqual([{ _id: null, total: Decimal128.fromString('0.30') }]);
    const large = [{ n: Long.fromString('9007199254740993') }, { n: 1 }];
    expect(run(large, group)).toEqual([{ _id: null, total: Long.fromString('9007199254740994') }]);
  });

  test.each([
    { $project: { n: { $add: ['$n', 1] } } },
    { $project: { n: { $round: '$n' } } },
    { $group: { _id: null, n: { $avg: '$n' } } },
  ])('refuses what it would compute wrongly: %j', (stage) => {
    const documents = [{ n: Decimal128.fromString('0.1') }];
    expect(() => run(documents, stage)).toThrow(/cannot compute with decimals/);
  });

  test('computes with numbers, and a text is never taken for an expression', () => {
    const stage = { $project: { _id: 0, n: { $add: ['$a', { $multiply: ['$b', 2] }] } } };
    expect(run([{ a: 1, b: 2 }], stage)).toEqual([{ n: new Int32(5) }]);
    const text = () => run([{ a: '$b', b: 7 }], { $project: { n: { $abs: '$a' } } });
    expect(text).toThrow(/must resolve to number/);
  });

  test('groups, sorts and compares by the value of BSON types', () => {
    const bytes = (byte: number) => new Binary(Buffer.from([byte]));
    const documents = [
      { key: bytes(255), n: new Double(2) },
      { key: bytes(254), n: 1 },
      { key: bytes(255), n: Long.fromNumber(3) },
    ];
    const groups = run(
      documents,
      {
        $group: { _id: '$key', min: { $min: '$n' }, max: { $max: '$n' }, all: { $addToSet: '$n' } },
      },
      { $sort: { _id: -1 } },
    );
    const int = (value: number) => new Int32(value);
    expect(groups).toEqual([
      { _id: bytes(255), min: int(2), max: int(3), all: [int(2), int(3)] },
      { _id: bytes(254), min: int(1), max: int(1), all: [int(1)] },
    ]);
    const early = new ObjectId('0'.repeat(24));
    const [compared] = run([{ id: early, at: new Date(0) }], {
      $project: { _id: 0, less: { $lt: ['$id', '$at'] }, cmp: { $cmp: ['$at', '$id'] } },
    });
    expect(compared).toEqual({ less: true, cmp: int(1) });
  });

  test('leaves out fields that an expression has no value for', () => {
    const stage = { $project: { _id: 0, a: '$nope', b: '$b' } };
    expect(run([{ b: 'x' }], stage)).toEqual([{ b: 'x' }]);
  });

  test.each([
    { $out: 'x' },
    { $merge: 'x' },
    { $nope: {} },
    { $sort: { a: 'up' } },
    { $group: { total: { $sum: 1 } } },
    { $match: { $where: 'true' } },
    { $project: { a: { $function: { body: 'return 1', args: [], lang: 'js' } } } },
    { $facet: { x: [{ $out: 'y' }] } },
  ])('is refused with %j', (stage) => {
    expect(() => run([{ a: 1 }], stage as Document)).toThrow();
  });
});

test('a filter may use expressions, on values that kept their types', () => {
  const filter = { $expr: { $gt: ['$a', '$b'] } };
  const { matches } = compileFilter(filter, aggregation.operators);
  expect(matches(toTyped({ a: Long.fromNumber(2), b: new Double(1) }))).toBe(true);
  expect(matches(toTyped({ a: 1, b: 1 }))).toBe(false);
});

test('an expression has a value with a BSON type, or none', () => {
  const document = toTyped({ a: 'x', b: 1 });
  expect(aggregation.evaluate(document, { $concat: ['$a', '!'] })).toBe('x!');
  expect(aggregation.evaluate(document, '$b')).toEqual(new Int32(1));
  expect(aggregation.evaluate(document, '$nope')).toBe(undefined);
});

describe('expressions with patterns, as the manual of MongoDB has them', () => {
  // https://www.mongodb.com/docs/manual/reference/operator/aggregation/regexFindAll/
  const documents = [
    { _id: 0, description: 'Single LINE description.' },
    { _id: 1, description: 'First lines\nsecond line' },
    { _id: 2, description: 'Many spaces before     line' },
    { _id: 3, description: 'Multiple\nline descriptions' },
    { _id: 4, description: 'anchors, links and hyperlinks' },
    { _id: 5, description: 'métier work vocation' },
    { _id: 6 },
  ];
  const evaluate = (operator: string, regex: unknown, options?: string) =>
    run(documents, {
      $project: {
        result: {
          [operator]: {
            ...{ input: '$description', regex },
            ...(options === undefined ? {} : { options }),
          },
        },
      },
    }).map((document) => decodePlain(encodeDocument(document)).result);

  test('$regexFindAll', () => {
    expect(evaluate('$regexFindAll', 'lin(e|k)')).toEqual([
      [],
      [
        { match: 'line', idx: 6, captures: ['e'] },
        { match: 'line', idx: 19, captures: ['e'] },
      ],
      [{ match: 'line', idx: 23, captures: ['e'] }],
      [{ match: 'line', idx: 9, captures: ['e'] }],
      [
        { match: 'link', idx: 9, captures: ['k'] },
        { match: 'link', idx: 24, captures: ['k'] },
      ],
      [],
      [],
    ]);
  });

  test('$regexFind counts places in code points and takes options', () => {
    expect(evaluate('$regexFind', 'LINE', 'i')[0]).toEqual({ match: 'LINE', idx: 7, captures: [] });
    expect(evaluate('$regexFind', 'work')[5]).toEqual({ match: 'work', idx: 7, captures: [] });
    expect(
      run([{ a: '😀x' }], { $project: { r: { $regexFind: { input: '$a', regex: 'x' } } } }),
    ).toMatchObject([{ r: { idx: new Int32(1) } }]);
  });

  test('$regexMatch', () => {
    expect(evaluate('$regexMatch', '^s', 'im')).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test('a pattern that backtracks does not stop the process', () => {
    const text = `${'a'.repeat(50_000)}b`;
    const input = { $project: { r: { $regexMatch: { input: '$a', regex: '^(a+)+$' } } } };
    expect(run([{ a: text }], input)).toMatchObject([{ r: false }]);
    for (const condition of [
      { $regex: '^(a+)+$' },
      /^(a+)+$/,
      { $in: [/^(a+)+$/] },
      { $not: /^(a+)+$/ },
    ]) {
      const isNegated = '$not' in condition;
      expect(compileFilter({ a: condition }).matches({ a: text })).toBe(isNegated);
    }
  });

  test('a pattern that cannot be bounded is refused', () => {
    expect(() => compileFilter({ a: { $regex: '(?=a)a' } })).toThrow('bounded time');
  });
});
