import { describe, expect, test } from '@jest/globals';
import { type DocumentCollection, DuplicateKeyError } from '../../../src/store/port.ts';
import type { Contract } from './contract.ts';

const ROUNDS = 100;
const WRITERS = 50;
const LONG_TIMEOUT = 120_000;

/** Many writers, and several stores on the same data. */
export function describeConcurrency(contract: Contract): void {
  describe('parallel writers', () => {
    test(
      'of distinct fields on an absent document lose nothing',
      async () => {
        const documents = await contract.collection({ unique: ['userId'] });
        for (let round = 0; round < ROUNDS; round += 1) {
          const names = Array.from({ length: WRITERS }, (_, n) => `field${n}`);
          await Promise.all(names.map((name, n) => writeField(documents, `${round}`, name, n)));
          const stored = await documents.find({ userId: `${round}` });
          expect(stored).toHaveLength(1);
          expect(stored[0]).toMatchObject(Object.fromEntries(names.map((name, n) => [name, n])));
        }
      },
      LONG_TIMEOUT,
    );

    test('of one counter lose no increment', async () => {
      const documents = await contract.collection();
      await documents.insertOne({ _id: 1, n: 0 });
      const update = () => documents.updateOne({ _id: 1 }, { $inc: { n: 1 }, $push: { log: 1 } });
      await Promise.all(Array.from({ length: 200 }, update));
      const stored = await documents.findOne<{ n: number; log: number[] }>({ _id: 1 });
      expect(stored?.n).toBe(200);
      expect(stored?.log).toHaveLength(200);
    });
  });

  describe('two stores on the same data', () => {
    test('see each other’s acknowledged writes at once', async () => {
      const one = await contract.collection({ unique: ['a'] });
      const two = await contract.secondCollection({ unique: ['a'] });
      for (let n = 0; n < 50; n += 1) {
        const [writer, reader] = n % 2 === 0 ? [one, two] : [two, one];
        await writer.insertOne({ _id: n, a: `v${n}` });
        expect(await reader.findOne({ a: `v${n}` })).toEqual({ _id: n, a: `v${n}` });
      }
    });

    test('share unique indexes', async () => {
      const one = await contract.collection({ unique: ['a'] });
      const two = await contract.secondCollection({ unique: ['a'] });
      const inserts = Array.from({ length: 50 }, (_, n) =>
        (n % 2 === 0 ? one : two).insertOne({ _id: n, a: 'x' }),
      );
      const outcomes = await Promise.allSettled(inserts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('let one compareAndSet win', async () => {
      const one = await contract.collection();
      const two = await contract.secondCollection();
      await one.insertOne({ _id: 1, a: 0 });
      const before = await two.findStored({ _id: 1 });
      if (before === null) throw new Error('The document is missing');
      const writers = Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? one : two).compareAndSet(before, { ...before.document, a: n + 1 }),
      );
      const won = (await Promise.all(writers)).filter((outcome) => outcome !== null);
      expect(won).toHaveLength(1);
    });

    test('opened with an index at once agree on it', async () => {
      const opened = await Promise.all([
        contract.collection({ unique: ['a'] }),
        contract.secondCollection({ unique: ['a'] }),
      ]);
      await opened[0].insertOne({ _id: 1, a: 'x' });
      await expect(opened[1].insertOne({ _id: 2, a: 'x' })).rejects.toBeInstanceOf(
        DuplicateKeyError,
      );
    });
  });
}

/** An upsert, tried again when another writer inserted the document first. */
async function writeField(
  documents: DocumentCollection,
  userId: string,
  name: string,
  value: number,
): Promise<void> {
  for (;;) {
    try {
      await documents.updateOne({ userId }, { $set: { [name]: value } }, { upsert: true });
      return;
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
    }
  }
}
