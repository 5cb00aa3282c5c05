import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Collection, MongoServerError } from 'mongodb';
import { Double, Int32, serialize } from '../../../../src/bson.ts';
import { createLog } from '../../../../src/log.ts';
import {
  type Comparison,
  createComparison,
} from '../../../../src/store/mongodb/compare-and-set.ts';
import { matchFields } from '../../../../src/store/mongodb/unchanged-filter.ts';
import { compileFilter } from '../../../../src/store/query/filter.ts';
import { decodeStored } from '../../../../src/store/stored-document.ts';
import type { Document } from '../../../../src/values/documents.ts';

const stored = (document: Document) => decodeStored(serialize(document));
const matches = (filter: Document, document: Document) =>
  compileFilter(filter).matches(stored(document).document);

const scalar = fc.oneof(
  fc.integer().map((n) => new Int32(n)),
  fc.double({ noNaN: true }).map((n) => new Double(n)),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
);
const field = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('x', 'y'), scalar),
);
const names = fc.constantFrom('a', 'b', 'c');
const document = fc.dictionary(names, field).map((fields) => ({ _id: 1, ...fields }));

describe('the filter of a compare-and-set without $expr', () => {
  test('matches the document that it was made of', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(matches(matchFields(stored(before), after), before)).toBe(true);
        expect(matches(matchFields(stored(before), null), before)).toBe(true);
      }),
    );
  });

  test('matches no document that lacks a field, or has one that is to be added', () => {
    fc.assert(
      fc.property(document, names, field, (before, name, value) => {
        const { [name]: had, ...without } = before as Document;
        const filter = matchFields(stored(before), { ...before, [name]: value });
        const other = had === undefined ? { ...before, [name]: value } : without;
        expect(matches(filter, other)).toBe(false);
      }),
    );
  });

  test('asks for values, types, and that no list stands in for its item', () => {
    const before = { _id: 1, n: new Int32(1), list: [new Int32(1)], none: null, text: 'x' };
    expect(matchFields(stored(before), { ...before, added: 1, text: 'y' })).toEqual({
      _id: { $eq: new Int32(1) },
      n: { $type: 16, $eq: new Int32(1), $not: { $type: 4 } },
      list: { $eq: [new Int32(1)] },
      none: { $type: 10, $not: { $type: 4 } },
      text: { $eq: 'x', $not: { $type: 4 } },
      added: { $exists: false },
    });
  });

  test('leaves out fields that no path can name', () => {
    const before = { _id: 1, '': 1, 'a.b': 1, $c: 1 };
    expect(matchFields(stored(before), { _id: 1, 'd.e': 1 })).toEqual({
      _id: { $eq: new Int32(1) },
    });
  });
});

describe('the comparison of a store', () => {
  const before = stored({ _id: 1, a: 1 });
  const change = { before, after: { _id: 1, a: 2 } };
  const refusal = (code: number) => new MongoServerError({ message: 'refused', code });
  let logged: string[];
  let comparison: Comparison;
  let filters: Document[];

  beforeEach(() => {
    logged = [];
    filters = [];
    const log = createLog('warn', { write: (line: string) => void logged.push(line) });
    comparison = createComparison(log);
  });

  /** A collection that answers a trial of `$expr` so. */
  const collection = (trial: () => Promise<unknown>) =>
    ({ findOne: trial }) as unknown as Collection;
  /** An operation that `$expr` makes fail so. */
  const operation = (code: number | undefined) => async (filter: Document) => {
    filters.push(filter);
    if (filter['$expr'] !== undefined && code !== undefined) throw refusal(code);
    return 'done';
  };
  const kinds = () => filters.map((filter) => ('$expr' in filter ? 'whole' : 'fields'));

  test('compares whole documents', async () => {
    const never = collection(async () => expect('a trial').toBe('not made'));
    expect(await comparison.run(never, change, operation(undefined))).toBe('done');
    expect(kinds()).toEqual(['whole']);
  });

  test.each([115, 238, 303])(
    'compares fields for good once $expr is refused with %s',
    async (code) => {
      const lacking = collection(() => Promise.reject(refusal(code)));
      for (const _ of [1, 2]) await comparison.run(lacking, change, operation(code));
      expect(kinds()).toEqual(['whole', 'fields', 'fields']);
      expect(logged).toHaveLength(1);
    },
  );

  test('does not take a refusal for a lack of $expr where a trial of it succeeds', async () => {
    const having = collection(async () => ({ _id: 1 }));
    const run = comparison.run(having, change, operation(238));
    await expect(run).rejects.toMatchObject({ code: 238 });
    await comparison.run(having, change, operation(undefined));
    expect(kinds()).toEqual(['whole', 'whole']);
    expect(logged).toEqual([]);
  });

  test('compares fields this once where there is nothing to try it on', async () => {
    const empty = collection(async () => null);
    await comparison.run(empty, change, operation(238));
    await comparison.run(empty, change, operation(undefined));
    expect(kinds()).toEqual(['whole', 'fields', 'whole']);
  });

  test.each([2, 11000, 50])('passes on any other error: %s', async (code) => {
    const never = collection(async () => expect('a trial').toBe('not made'));
    const run = comparison.run(never, change, operation(code));
    await expect(run).rejects.toMatchObject({ code });
    expect(kinds()).toEqual(['whole']);
  });
});
