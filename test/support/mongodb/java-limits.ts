/** What mongo-java-server 1.47.0 cannot do and real servers can. */
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
