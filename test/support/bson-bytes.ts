/** Documents and their bytes. */
import { serialize } from '../../src/bson.ts';
import type { StoredDocument } from '../../src/store/port.ts';
import { decodeStored } from '../../src/store/stored-document.ts';
import type { Document } from '../../src/values/documents.ts';

/** Decodes as the stores do: every BSON type stays itself. */
export function decodeDocument(bytes: Uint8Array): Document {
  return decodeStored(bytes).document;
}

/** The document as a store would hold it. */
export function toStored(document: Document): StoredDocument {
  return decodeStored(serialize(document, { ignoreUndefined: false }));
}

/** BSON bytes as hex, for readable comparisons. */
export function toHex(document: Document): string {
  return Buffer.from(serialize(document)).toString('hex');
}
