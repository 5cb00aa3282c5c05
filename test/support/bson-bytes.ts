/** Documents and their bytes, decoded as the stores decode them. */
import { deserialize, serialize } from '../../src/bson.ts';
import type { Document, StoredDocument } from '../../src/store/port.ts';

/** Decodes without promotion: every BSON type stays itself. */
export function decodeDocument(bytes: Uint8Array): Document {
  return deserialize(bytes, {
    promoteValues: false,
    promoteLongs: false,
    promoteBuffers: false,
    bsonRegExp: true,
  });
}

/** The document as a store would hold it. */
export function toStored(document: Document): StoredDocument {
  const bytes = serialize(document, { ignoreUndefined: false });
  return { bytes, document: decodeDocument(bytes) };
}

/** BSON bytes as hex, for readable comparisons. */
export function toHex(document: Document): string {
  return Buffer.from(serialize(document)).toString('hex');
}
