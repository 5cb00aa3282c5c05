/** The size of what users may store beyond their tokens. */
import { serialize } from '../bson.ts';
import { GatewayError } from '../errors.ts';
import type { Document } from '../values/documents.ts';

import type { FieldNode } from './schema/field-tree.ts';
import { projectDocument } from './schema/projection.ts';
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
 */
export function assertDocumentFits(before: Document, next: Document, root: FieldNode): void {
  if (!root.hasOutsideToken) return;
  const visible = projectDocument(next, root, 'user');
  const size = sizeOf(visible);
  if (size <= MAX_DOCUMENT_BYTES || size < sizeOf(projectDocument(before, root, 'user'))) return;
  const details = {
    size,
    budget: MAX_DOCUMENT_BYTES,
    largestFields: largestFields(toClaim(visible, 'canonical')),
  };
  const message = 'The document would exceed its size limit';
  throw new GatewayError('CUSTOM_DATA_TOO_LARGE', details, { message });
}

function sizeOf(document: Document): number {
  return serialize(document).length;
}
