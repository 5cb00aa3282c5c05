/** From a stored document to what a token carries of it. */
import { ObjectId } from '../bson.ts';
import type { ClaimEncoding } from '../config.ts';
import type { StoredDocument } from '../store/port.ts';
import type { IssuedSnapshot } from '../token/claims.ts';
import { type Document, setOwn } from '../values/documents.ts';
import type { JsonObject } from '../values/json.ts';
import { formatDocument } from './extended-json-format.ts';
import type { OwnClaims } from './own-claims/own-claims.ts';
import { ANY_REVISION, revisionOf } from './revision.ts';
import type { CustomDataSchema } from './schema/custom-data-schema.ts';
import { projectDocument } from './schema/projection.ts';

/**
 * The document as the claim `user_data`: Extended JSON v2, its `_id` as plain hex digits if it is an
 * ObjectId, which is what App Services did and what its clients' models are written for.
 */
export function toClaim(document: Document, encoding: ClaimEncoding): JsonObject {
  const claim = formatDocument(document, encoding);
  if (document._id instanceof ObjectId) setOwn(claim, '_id', document._id.toHexString());
  return claim;
}

/** What making snapshots takes. `now` is epoch milliseconds. */
export interface SnapshotParts {
  /** The operator's schema, which says what tokens carry; absent or `null`: everything. */
  readonly schema?: CustomDataSchema | null;
  /** What the operator's own claims take from a document; absent or `null`: there are none. */
  readonly ownClaims?: Pick<OwnClaims, 'read'> | null;
  readonly claimEncoding: ClaimEncoding;
  readonly revisionKey: Uint8Array;
  readonly now: () => number;
}

/** The snapshot of a stored document, or of there being none. */
export function createSnapshot(
  stored: StoredDocument | null,
  parts: SnapshotParts,
): IssuedSnapshot {
  if (stored === null) return { readAt: parts.now() };
  return snapshotWith(stored.document, revisionOf(stored.bytes, parts.revisionKey), parts);
}

/** What the snapshot of a document that is not stored yet will be, but for the letters of its revision. */
export function foreseeSnapshot(document: Document, parts: SnapshotParts): IssuedSnapshot {
  return snapshotWith(document, ANY_REVISION, parts);
}

function snapshotWith(
  document: Document,
  revision: string,
  { claimEncoding, ownClaims, now, schema }: SnapshotParts,
): IssuedSnapshot {
  const root = schema?.root;
  const carried = root === undefined ? document : projectDocument(document, root, 'token');
  return {
    data: toClaim(carried, claimEncoding),
    revision,
    readAt: now(),
    ...(ownClaims == null ? {} : { ownValues: ownClaims.read(document) }),
  };
}
