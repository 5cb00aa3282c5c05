/** Writes that MongoDB makes, and that it refuses. */
import { Long } from 'mongodb';
import { type AnswerCase, index, ONE, update } from './answer-case.ts';

/** Manual, "Restrictions on field names", "Write command batch limit". */
export const INSERTS: readonly AnswerCase[] = [
  {
    what: 'an insertion of nothing',
    command: { insert: 'c', documents: [] },
    code: 16,
    ferret: 'ok',
  },
  { what: 'an insertion of a taken _id', before: [ONE], command: ONE, code: 11000 },
  {
    what: 'an _id that is an array',
    command: { insert: 'c', documents: [{ _id: [1] }] },
    code: 53,
  },
  {
    what: 'an _id that is a pattern',
    command: { insert: 'c', documents: [{ _id: /a/ }] },
    code: 53,
  },
  {
    what: 'an _id with a field $a',
    command: { insert: 'c', documents: [{ _id: { $a: 1 } }] },
    code: 52,
    ferret: 2,
  },
  {
    what: 'an insertion of a field a.b',
    command: { insert: 'c', documents: [{ _id: 1, 'a.b': 1 }] },
    code: 'ok',
    ferret: 2,
  },
  {
    what: 'an insertion into $c',
    command: { insert: '$c', documents: [{ _id: 1 }] },
    code: 73,
  },
  {
    what: 'an unknown field of an insertion',
    command: { ...ONE, notAField: 1 },
    code: 40415,
    ferret: 9,
  },
];

/** Manual, "Update operators" and the pages of each. */
export const UPDATES: readonly AnswerCase[] = (
  [
    ['an unknown operator', update({ $notAnOperator: { a: 1 } }), 9],
    ['an operator without fields', update({ $set: {} }), 'ok'],
    ['an operator with a number for its fields', update({ $set: 1 }), 9],
    ['$set of another _id', update({ $set: { _id: 2 } }), 66],
    ['$unset of _id', update({ $unset: { _id: '' } }), 66],
    ['$set of an empty name', update({ $set: { '': 1 } }), 56],
    ['$set of a..b', update({ $set: { 'a..b': 1 } }), 56],
    ['$set of $a', update({ $set: { $a: 1 } }), 52, 2],
    ['$set below a number', update({ $set: { 'a.b': 1 } }), 28],
    ['two operators on one field', update({ $set: { a: 1 }, $inc: { a: 1 } }), 40],
    ['$inc of a text', update({ $inc: { t: 1 } }), 14],
    ['$inc of null', update({ $inc: { n: 1 } }), 14],
    ['$inc by a text', update({ $inc: { a: 'x' } }), 14],
    ['$inc past int64', update({ $inc: { m: Long.MAX_VALUE } }), 2],
    ['$push onto a number', update({ $push: { a: 1 } }), 2],
    ['$push onto null', update({ $push: { n: 1 } }), 2],
    ['$push with an unknown modifier', update({ $push: { l: { $each: [1], $no: 1 } } }), 2, 'ok'],
    ['$push of $each and no array', update({ $push: { l: { $each: 1 } } }), 2],
    ['$addToSet onto a number', update({ $addToSet: { a: 1 } }), 2],
    ['$pull from a number', update({ $pull: { a: 1 } }), 2],
    ['$pop of a number', update({ $pop: { a: 1 } }), 14],
    ['$pop by 2', update({ $pop: { l: 2 } }), 9],
    ['$rename to the same name', update({ $rename: { a: 'a' } }), 2],
    ['an operator and then a field', update({ $set: { a: 1 }, b: 1 }), 9, 52],
    ['a field and then an operator', update({ b: 1, $set: { a: 1 } }), 52],
    ['a replacement of many', update({ b: 1 }, { multi: true }), 9],
    ['a replacement with another _id', update({ _id: 2 }), 66],
    ['an update with an unknown field', update({ $set: { a: 1 } }, { notAField: 1 }), 40415, 9],
    ['no update at all', { update: 'c', updates: [] }, 16, 'ok'],
    ['no deletion at all', { delete: 'c', deletes: [] }, 16, 'ok'],
    ['a deletion without a limit', { delete: 'c', deletes: [{ q: {} }] }, 40414],
    ['a deletion of two', { delete: 'c', deletes: [{ q: {}, limit: 2 }] }, 9],
    ['findAndModify of nothing', { findAndModify: 'c' }, 9],
    ['findAndModify of both', { findAndModify: 'c', update: { $set: { a: 1 } }, remove: true }, 9],
    ['findAndModify of the removed', { findAndModify: 'c', remove: true, new: true }, 9],
  ] as const
).map(([what, command, code, ferret]) => ({
  what,
  before: [{ insert: 'c', documents: [{ ...ONE.documents[0], m: Long.MAX_VALUE }] }],
  command,
  code,
  ...(ferret === undefined ? {} : { ferret }),
}));

const TAKEN = [
  index({ a: 1 }, 'a_1', { unique: true }),
  {
    insert: 'c',
    documents: [
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ],
  },
];

/** Upserts and unique indexes. */
export const UPSERTS: readonly AnswerCase[] = [
  {
    what: 'an unknown operator on no document',
    command: update({ $notAnOperator: { a: 1 } }),
    code: 9,
  },
  {
    what: 'an upsert to a taken value',
    before: TAKEN,
    command: { update: 'c', updates: [{ q: { _id: 3 }, u: { $set: { a: 1 } }, upsert: true }] },
    code: 11000,
  },
  {
    what: 'an update to a taken value',
    before: TAKEN,
    command: { update: 'c', updates: [{ q: { _id: 2 }, u: { $set: { a: 1 } } }] },
    code: 11000,
    ferret: 1,
  },
  {
    what: 'findAndModify to a taken value',
    before: TAKEN,
    command: { findAndModify: 'c', query: { _id: 2 }, update: { $set: { a: 1 } } },
    code: 11000,
    ferret: 1,
  },
  {
    what: 'an upsert of two values for one field',
    command: {
      update: 'c',
      updates: [{ q: { a: 1, $and: [{ a: 2 }] }, u: { $set: { b: 1 } }, upsert: true }],
    },
    code: 54,
    ferret: 'ok',
  },
  {
    what: 'an upsert by an expression',
    command: {
      update: 'c',
      updates: [{ q: { $expr: { $eq: ['$a', 1] } }, u: { $set: { b: 1 } }, upsert: true }],
    },
    code: 224,
    ferret: 'ok',
  },
];
