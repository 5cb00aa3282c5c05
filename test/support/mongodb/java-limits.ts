/**
 * What mongo-java-server 1.47.0 cannot do and real servers can; what it does and real servers refuse is
 * mended in `java/`.
 *
 * Beside the limits below, of which tests have to know: no TTL (the index is accepted, nothing is
 * removed), no updates by pipeline (error 238), no replica set, transactions, `collMod` or `$where`;
 * read and write concerns and `maxTimeMS` are ignored, a document of more than 16 MiB ends the
 * connection, names of collections have at most 128 bytes, a wrong mixture of projections is 31253
 * instead of 31254, an unknown expression 2 instead of 168.
 */
import { Binary, BSONRegExp, BSONSymbol, Code } from '../../../src/bson.ts';
import { type Limits, NO_LIMITS } from '../store-contract/contract.ts';

/** Subtypes of binary data that come back as they were sent: generic, old and new UUID. */
const KEPT_SUBTYPES: readonly number[] = [Binary.SUBTYPE_DEFAULT, 3, Binary.SUBTYPE_UUID];

const JAVA_LIMITS: Limits = {
  canHold,
  writesEqualValues: false,
  replacesUnusualNames: false,
  projectsEveryWay: false,
};

/** The limits of the database of this run. */
export function mongoTestLimits(): Limits {
  return process.env.MONGODB_TEST_KIND === 'java' ? JAVA_LIMITS : NO_LIMITS;
}

/** It hangs up on some types, changes others and cannot compare empty arrays in `$expr`. */
function canHold(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(canHold);
  if (value instanceof Binary) return KEPT_SUBTYPES.includes(value.sub_type);
  if (value instanceof BSONRegExp || value instanceof BSONSymbol || value instanceof Code) {
    return false;
  }
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return true;
  return Object.values(value).every(canHold);
}
