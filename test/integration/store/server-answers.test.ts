/** What the database of the run answers, so that the stand-in cannot hide what a real one refuses. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Document } from '../../../src/values/documents.ts';
import { answerTo, prepare, useDatabase } from '../../support/mongodb/answers/answer-to.ts';
import { describeStatements } from '../../support/mongodb/answers/statements-suite.ts';
import { ANSWER_CASES } from '../../support/mongodb/server-answers.cases.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

describeOnMongo('the database of the tests', (uri) => {
  const database = useDatabase(uri);

  test.each(ANSWER_CASES)('answers as MongoDB does: $what', async ({ before, command, code }) => {
    await prepare(database(), before);
    expect(await answerTo(database(), command)).toBe(code);
  });

  describe('with a partial unique index', () => {
    const filter = { a: { $exists: true }, isActive: true };
    const insert = (document: Document) => ({ insert: 'c', documents: [document] });
    beforeEach(() =>
      prepare(database(), [
        {
          createIndexes: 'c',
          indexes: [{ key: { a: 1 }, name: 'x', unique: true, partialFilterExpression: filter }],
        },
        insert({ _id: 1, a: 1, isActive: true }),
      ]),
    );

    test('refuses a second document that the filter matches', async () => {
      expect(await answerTo(database(), insert({ a: 1, isActive: true }))).toBe(11000);
      expect(await answerTo(database(), insert({ a: [0, 1], isActive: true }))).toBe(11000);
      expect(await answerTo(database(), insert({ a: 2, isActive: true }))).toBe('ok');
    });

    test('takes any number of documents that it does not match', async () => {
      for (const document of [{}, {}, { a: 1 }, { a: 1 }, { isActive: true }, { isActive: true }]) {
        expect(await answerTo(database(), insert(document))).toBe('ok');
      }
    });

    test('refuses an update that makes the filter match', async () => {
      await prepare(database(), [insert({ _id: 2, a: 1 })]);
      const activate = { q: { _id: 2 }, u: { $set: { isActive: true } } };
      expect(await answerTo(database(), { update: 'c', updates: [activate] })).toBe(11000);
      const other = { q: { _id: 2 }, u: { $set: { a: 2, isActive: true } } };
      expect(await answerTo(database(), { update: 'c', updates: [other] })).toBe('ok');
    });

    test('frees the value of a document that no longer matches, and of one that is deleted', async () => {
      const deactivate = { q: { _id: 1 }, u: { $unset: { isActive: '' } } };
      expect(await answerTo(database(), { update: 'c', updates: [deactivate] })).toBe('ok');
      expect(await answerTo(database(), insert({ _id: 2, a: 1, isActive: true }))).toBe('ok');
      await database().collection<{ _id: number }>('c').deleteOne({ _id: 2 });
      expect(await answerTo(database(), insert({ _id: 3, a: 1, isActive: true }))).toBe('ok');
    });

    test('finds the documents that it does not have', async () => {
      await prepare(database(), [insert({ _id: 2, a: 1 }), insert({ _id: 3 })]);
      expect(await database().collection('c').countDocuments({ a: 1 })).toBe(2);
      expect(await database().collection('c').countDocuments({ a: null })).toBe(1);
    });

    test('lists the filter, and drops the index', async () => {
      const indexes = await database().collection('c').indexes();
      expect(indexes.find(({ name }) => name === 'x')).toMatchObject({
        partialFilterExpression: filter,
        unique: true,
      });
      await database().collection('c').dropIndex('x');
      expect(await answerTo(database(), insert({ a: 1, isActive: true }))).toBe('ok');
    });
  });

  test('a sparse unique index takes any number of documents without the field', async () => {
    await prepare(database(), [
      { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'x', unique: true, sparse: true }] },
      { insert: 'c', documents: [{}, {}, { a: null }] },
    ]);
    expect(await answerTo(database(), { insert: 'c', documents: [{ a: null }] })).toBe(11000);
  });

  test('dropping an index leaves one of its name on another collection', async () => {
    const indexes = [{ key: { a: 1 }, name: 'a_1' }];
    await prepare(database(), [
      { createIndexes: 'c', indexes },
      { createIndexes: 'd', indexes },
      { dropIndexes: 'c', index: '*' },
    ]);
    expect(await database().collection('c').indexes()).toHaveLength(1);
    expect(await database().collection('d').indexes()).toHaveLength(2);
  });

  describeStatements(uri);
});
