/** Inserting what must be unique, whatever the driver repeats. */
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
