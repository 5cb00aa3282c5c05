/** What all records have in common: how one is made once, and how one goes through many. */
import { type DocumentCollection, DuplicateKeyError } from '../store/port.ts';
import type { Document } from '../values/documents.ts';

/** Whether the document is there now; `false` if another one has what must be unique. */
export async function insertOnce(
  collection: DocumentCollection,
  document: Document & { readonly _id: string },
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    // A driver that retries on a server without deduplication collides with its own first try.
    return (await collection.findOne({ _id: document._id })) !== null;
  }
}

/** Read at once: bounds memory, and how long the store is busy with it. */
const BATCH = 100;

/** The items in the order of their ids, read as they are asked for: at most `limit` after `after`. */
export async function* inBatches<Item extends { readonly _id: string }>(
  list: (after: string, limit: number) => Promise<readonly Item[]>,
): AsyncGenerator<Item> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const batch: readonly Item[] = await list(after, BATCH);
    yield* batch;
    after = batch.length < BATCH ? undefined : batch.at(-1)?._id;
  }
}
