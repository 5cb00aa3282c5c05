/** The size of what users may store beyond their tokens. */
import { serialize } from '../bson.ts';
import { type FieldSize, GatewayError } from '../errors.ts';
import type { Document } from '../values/documents.ts';
import { splitPointer, valueAt } from '../values/json.ts';
import type { CustomDataSchema } from './schema/custom-data-schema.ts';
import { projectDocument } from './schema/projection.ts';
import type { NextDocument } from './schema/protection.ts';
import { largestFields } from './size.ts';
import { toClaim } from './snapshot.ts';

/**
 * Largest document that a user's write may leave behind, in bytes of BSON. The token's budget holds
 * no field that does not travel in it, and every write reads, checks and writes the whole document.
 */
const MAX_DOCUMENT_BYTES = 512 * 1024;

/**
 * Fails with `CUSTOM_DATA_TOO_LARGE` if a write makes the fields that the user may see larger than
 * documents may be; one that makes a document smaller is never refused.
 *
 * `writeOnly` fields may take as much together, an equal share each: what is left of it for one must not
 * tell how much is in the others.
 */
export function assertDocumentFits(
  before: Document,
  { document, visible, named }: NextDocument,
  { root, writeOnlyPaths }: CustomDataSchema,
): void {
  if (!root.hasOutsideToken) return;
  const share = Math.floor(MAX_DOCUMENT_BYTES / writeOnlyPaths.length);
  for (const path of named) assertValueFits(visible, path, share);
  const seen = projectDocument(document, root, 'user');
  const size = sizeOf(seen);
  if (size <= MAX_DOCUMENT_BYTES || size < sizeOf(projectDocument(before, root, 'user'))) return;
  throw tooLarge(size, MAX_DOCUMENT_BYTES, largestFields(toClaim(seen, 'canonical')));
}

function assertValueFits(document: Document, path: string, budget: number): void {
  const value = valueAt(document, splitPointer(path) ?? []);
  if (value === undefined) return;
  const size = sizeOf({ value });
  if (size <= budget) return;
  const fields = largestFields(toClaim({ value }, 'canonical')).map(({ bytes }) => ({
    path,
    bytes,
  }));
  throw tooLarge(size, budget, fields);
}

function tooLarge(size: number, budget: number, fields: readonly FieldSize[]): GatewayError {
  const details = { size, budget, largestFields: fields };
  const message = 'The document would exceed its size limit';
  return new GatewayError('CUSTOM_DATA_TOO_LARGE', details, { message });
}

function sizeOf(document: Document): number {
  return serialize(document).length;
}
