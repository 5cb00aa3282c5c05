/** Every document of a collection, a batch at a time, while others write. */
import { Binary, Code, MaxKey, MinKey, ObjectId, Timestamp } from '../../bson.ts';
import type { DocumentCollection } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';

/** Read at once: bounds memory, and how long the store is busy with it. */
const BATCH = 200;
/** The earliest time that a date can be. */
const EARLIEST = -8.64e15;

/** The lowest `_id` of each type that one may have: a comparison finds values of its own type alone. */
const LOWEST_IDS: readonly unknown[] = [
  -Infinity,
  '',
  {},
  new Binary(Buffer.alloc(0), 0),
  new ObjectId('0'.repeat(24)),
  false,
  new Date(EARLIEST),
  new Timestamp({ t: 0, i: 0 }),
  new Code(''),
];
/** Those that are the only ones of their kind. A store may take the last for a number that is compared. */
const SINGLE_IDS: readonly unknown[] = [null, new MinKey(), new MaxKey(), Number.NaN];

/** Reads the documents in the order of their `_id`, type by type; what is written meanwhile may be there or not. */
export async function* readDocuments(collection: DocumentCollection): AsyncGenerator<Document> {
  for (const _id of SINGLE_IDS) yield* await collection.find<Document>({ _id });
  for (const lowest of LOWEST_IDS) {
    let filter: Document = { _id: { $gte: lowest } };
    for (;;) {
      const batch = await collection.find<Document>(filter, { sort: { _id: 1 }, limit: BATCH });
      yield* batch.filter(({ _id }) => !Number.isNaN(_id));
      if (batch.length < BATCH) break;
      filter = { _id: { $gt: batch.at(-1)?._id } };
    }
  }
}

/** The same in batches; the last one may be empty. */
export async function* inBatches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
