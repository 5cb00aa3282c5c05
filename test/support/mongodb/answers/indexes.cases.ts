/** Indexes that MongoDB builds, and that it refuses. */
import { type AnswerCase, index } from './answer-case.ts';

/** `createIndexes`: manual, "Options for all index types"; server source, `index_key_validate.cpp`. */
export const INDEXES: readonly AnswerCase[] = [
  { what: 'an index on _id', command: index({ _id: 1 }, '_id_'), code: 'ok' },
  {
    what: 'a unique index on _id',
    command: index({ _id: 1 }, '_id_1', { unique: true }),
    code: 197,
  },
  {
    what: 'a sparse index on _id',
    command: index({ _id: 1 }, '_id_', { sparse: true }),
    code: 197,
    ferret: 'ok',
  },
  {
    what: 'an index on _id that expires',
    command: index({ _id: 1 }, 'x', { expireAfterSeconds: 0 }),
    code: 197,
    ferret: 238,
  },
  {
    what: 'a partial index on _id',
    command: index({ _id: 1 }, 'x', { partialFilterExpression: { a: 1 } }),
    code: 197,
    ferret: 238,
  },
  { what: 'an index on another field named _id_', command: index({ a: 1 }, '_id_'), code: 2 },
  {
    what: 'an index with an unknown option',
    command: index({ a: 1 }, 'x', { notAnOption: true }),
    code: 197,
    ferret: 2,
  },
  {
    what: 'an index without a name',
    command: { createIndexes: 'c', indexes: [{ key: { a: 1 } }] },
    code: 9,
  },
  { what: 'an index with an empty name', command: index({ a: 1 }, ''), code: 67 },
  { what: 'an index without a field', command: index({}, 'x'), code: 67 },
  { what: 'an index with direction 0', command: index({ a: 0 }, 'x'), code: 67, ferret: 238 },
  { what: 'an index on $a', command: index({ $a: 1 }, 'x'), code: 67, ferret: 'ok' },
  { what: 'an index on a..b', command: index({ 'a..b': 1 }, 'x'), code: 67, ferret: 'ok' },
  { what: 'no index at all', command: { createIndexes: 'c', indexes: [] }, code: 2 },
  {
    what: 'an index that expires',
    command: index({ a: 1 }, 'x', { expireAfterSeconds: 0 }),
    code: 'ok',
    ferret: 238,
  },
  {
    what: 'an index that expires before it begins',
    command: index({ a: 1 }, 'x', { expireAfterSeconds: -1 }),
    code: 67,
    ferret: 238,
  },
  {
    what: 'an index on two fields that expires',
    command: index({ a: 1, b: 1 }, 'x', { expireAfterSeconds: 1 }),
    code: 67,
    ferret: 238,
  },
  {
    what: 'a partial index',
    command: index({ a: 1 }, 'x', { partialFilterExpression: { a: { $exists: true } } }),
    code: 'ok',
    ferret: 238,
  },
  {
    what: 'a partial index that is sparse',
    command: index({ a: 1 }, 'x', { partialFilterExpression: { a: 1 }, sparse: true }),
    code: 67,
    ferret: 238,
  },
  {
    what: 'a partial index with $ne',
    command: index({ a: 1 }, 'x', { partialFilterExpression: { a: { $ne: 1 } } }),
    code: 67,
    ferret: 238,
  },
  {
    what: 'a partial index with $exists: false',
    command: index({ a: 1 }, 'x', { partialFilterExpression: { a: { $exists: false } } }),
    code: 67,
    ferret: 238,
  },
  {
    what: 'a partial index whose filter is no document',
    command: index({ a: 1 }, 'x', { partialFilterExpression: 1 }),
    code: 14,
    ferret: 238,
  },
  {
    what: 'a unique index on duplicates',
    before: [{ insert: 'c', documents: [{ a: 1 }, { a: 1 }] }],
    command: index({ a: 1 }, 'x', { unique: true }),
    code: 11000,
    ferret: 1,
  },
];

/** Manual, "Indexes with the same key"; server source, `IndexDescriptor::compareIndexOptions`. */
export const CONFLICTS: readonly AnswerCase[] = (
  [
    ['the same again', index({ a: 1 }, 'a_1'), 'ok'],
    ['the same by another name', index({ a: 1 }, 'x'), 85],
    ['another key by the same name', index({ b: 1 }, 'a_1'), 86],
    ['the same key and name, unique', index({ a: 1 }, 'a_1', { unique: true }), 86, 'ok'],
    ['the same key and name, sparse', index({ a: 1 }, 'a_1', { sparse: true }), 86, 'ok'],
    ['the same key and name, expiring', index({ a: 1 }, 'a_1', { expireAfterSeconds: 0 }), 85, 238],
    ['the same key by another name, unique', index({ a: 1 }, 'x', { unique: true }), 'ok', 85],
    [
      'the same key by another name, expiring',
      index({ a: 1 }, 'x', { expireAfterSeconds: 0 }),
      85,
      238,
    ],
    [
      'the same key by another name, partial',
      index({ a: 1 }, 'x', { partialFilterExpression: { a: 1 } }),
      'ok',
      238,
    ],
  ] as const
).map(([what, command, code, ferret]) => ({
  what: `beside an index: ${what}`,
  before: [index({ a: 1 }, 'a_1')],
  command,
  code,
  ...(ferret === undefined ? {} : { ferret }),
}));
