/** Reads and writes users' documents: one optimistic loop over the store's compare-and-set. */
import type { ClaimEncoding } from '../config.ts';
import type { DocumentCollection } from '../store/port.ts';
import type { CustomData } from './custom-data.ts';

/** What the repository is made of. `now` is epoch milliseconds. */
export interface CustomDataParts {
  readonly collection: DocumentCollection;
  /** Top-level field that holds the user id; may be `_id`. */
  readonly userIdField: string;
  readonly claimEncoding: ClaimEncoding;
  /** Key of the revision's HMAC. */
  readonly revisionKey: Uint8Array;
  readonly now: () => number;
  /** Waits for so many milliseconds; real time by default. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Creates the access to users' documents in `collection`. */
export function createCustomData(parts: CustomDataParts): CustomData {
  throw new Error(`Not ready for "${parts.userIdField}"`);
}
