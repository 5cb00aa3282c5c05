/** What a write of several statements does, on every server. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { answerTo, prepare, useDatabase } from './answer-to.ts';

/** Describes the writes on the server at `uri`. */
export function describeStatements(uri: string): void {
  describe('writes of several statements', () => {
    const database = useDatabase(uri);
    const documents = [{ _id: 1 }, { _id: 2 }, { _id: 3 }];
    beforeEach(() => prepare(database(), [{ insert: 'c', documents: [{ _id: 2, a: 'x' }] }]));

    test('stop at the first that fails, and count those that did not', async () => {
      const { n } = await database().command({ insert: 'c', documents });
      expect(n).toBe(1);
      expect(await database().collection('c').countDocuments()).toBe(2);
    });

    test('go on if they are not ordered', async () => {
      const { n } = await database().command({ insert: 'c', documents, ordered: false });
      expect(n).toBe(2);
      expect(await database().collection('c').countDocuments()).toBe(3);
    });

    test('stop at the first update that fails', async () => {
      const updates = [
        { q: { _id: 2 }, u: { $inc: { a: 1 } } },
        { q: { _id: 2 }, u: { $set: { b: 1 } } },
      ];
      expect(await answerTo(database(), { update: 'c', updates })).toBe(14);
      expect(await database().collection('c').findOne()).toEqual({ _id: 2, a: 'x' });
    });
  });
}
