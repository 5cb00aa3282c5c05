/** A collection that is read and never written. */
import type { CollectionInspection, DocumentCollection } from '../../store/port.ts';

/** Something would have been written. */
class WouldWriteError extends Error {
  override readonly name = 'WouldWriteError';

  constructor() {
    super('A check writes nothing');
  }
}

const refuse = () => Promise.reject(new WouldWriteError());

/** The collection that was inspected, or one without documents. All but `findOne` fails with `WouldWriteError`. */
export function refuseWrites(
  findOne: CollectionInspection['findOne'] = async () => null,
): DocumentCollection {
  const collection: DocumentCollection = {
    duplicateKeys: [],
    findOne: async (filter) => (await findOne(filter)) as never,
    find: refuse,
    findStored: refuse,
    scanStored: refuse,
    insertOne: refuse,
    updateOne: refuse,
    findOneAndUpdate: refuse,
    deleteOne: refuse,
    deleteMany: refuse,
    compareAndSet: refuse,
    compareAndDelete: refuse,
    within: () => collection,
  };
  return collection;
}
