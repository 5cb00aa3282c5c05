/** Queries that MongoDB answers, and that it refuses. */
import { Long } from 'mongodb';
import { type AnswerCase, ONE } from './answer-case.ts';

/** `NamespaceNotFound`, `IndexNotFound`: the gateway's start on an empty database meets the first. */
export const NOT_FOUND: readonly AnswerCase[] = [
  { what: 'listIndexes of a missing collection', command: { listIndexes: 'c' }, code: 26 },
  {
    what: 'dropIndexes of a missing collection',
    command: { dropIndexes: 'c', index: 'x' },
    code: 26,
  },
  {
    what: 'dropIndexes of a missing name',
    before: [ONE],
    command: { dropIndexes: 'c', index: 'x' },
    code: 27,
  },
  {
    what: 'dropIndexes of a missing key',
    before: [ONE],
    command: { dropIndexes: 'c', index: { x: 1 } },
    code: 27,
  },
  {
    what: 'dropIndexes of _id',
    before: [ONE],
    command: { dropIndexes: 'c', index: '_id_' },
    code: 72,
  },
  { what: 'an unknown command', command: { notACommand: 1 }, code: 59 },
  {
    what: 'an unknown cursor',
    command: { getMore: Long.fromNumber(12345), collection: 'c' },
    code: 43,
  },
];

/** Manual, "Query and projection operators" and the pages of `find` and `aggregate`. */
export const QUERIES: readonly AnswerCase[] = (
  [
    ['an expression', { find: 'c', filter: { $expr: { $eq: ['$a', 1] } } }, 'ok', 238],
    ['an unknown operator', { find: 'c', filter: { a: { $notAnOperator: 1 } } }, 2],
    ['an unknown operator at the top', { find: 'c', filter: { $notAnOperator: 1 } }, 2],
    ['$and of nothing', { find: 'c', filter: { $and: [] } }, 2],
    ['$in and no array', { find: 'c', filter: { a: { $in: 1 } } }, 2],
    ['a broken pattern', { find: 'c', filter: { t: { $regex: '(' } } }, 51091],
    ['an unknown type', { find: 'c', filter: { a: { $type: 'notAType' } } }, 2],
    ['a number for a filter', { find: 'c', filter: 1 }, 14],
    ['a negative limit', { find: 'c', limit: -1 }, 51024],
    ['a negative skip', { find: 'c', skip: -1 }, 51024],
    ['an order of 2', { find: 'c', sort: { a: 2 } }, 15975],
    ['an unknown field of find', { find: 'c', notAField: 1 }, 40415, 9],
    ['an unknown stage', { aggregate: 'c', pipeline: [{ $no: 1 }], cursor: {} }, 40324, 40234],
    ['a pipeline without a cursor', { aggregate: 'c', pipeline: [] }, 9],
    [
      'a stage of two',
      { aggregate: 'c', pipeline: [{ $match: {}, $limit: 1 }], cursor: {} },
      40323,
    ],
    ['$limit 0', { aggregate: 'c', pipeline: [{ $limit: 0 }], cursor: {} }, 15958],
    ['$group without _id', { aggregate: 'c', pipeline: [{ $group: {} }], cursor: {} }, 15955],
    ['distinct of a number', { distinct: 'c', key: 1 }, 14],
  ] as const
).map(([what, command, code, ferret]) => ({
  what: `a query: ${what}`,
  before: [ONE],
  command,
  code,
  ...(ferret === undefined ? {} : { ferret }),
}));
