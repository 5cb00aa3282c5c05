/** The custom data repository over a collection in memory. */
import { expect } from '@jest/globals';
import { ObjectId } from '../../src/bson.ts';
import { createCustomData } from '../../src/custom-data/custom-data.ts';
import type { OwnClaims } from '../../src/custom-data/own-claims/own-claims.ts';
import type { CustomDataSchema } from '../../src/custom-data/schema/custom-data-schema.ts';
import type { WriteChange } from '../../src/custom-data/write.ts';
import type { Document } from '../../src/values/documents.ts';
import { createMemoryCollection } from './memory-collection.ts';

/** A user. */
export const USER_ID = '62efedca3587e6e83c0fc675';
/** Key of the revisions. */
export const KEY = Buffer.from('key');
/** `_id` of a document inserted first. */
export const OLD = new ObjectId('500000000000000000000000');
/** `_id` of a document inserted later. */
export const NEW = new ObjectId('600000000000000000000000');

/** The repository over a collection in memory, in virtual time. */
export function setUp(
  initial: readonly Document[] = [],
  userIdField = 'userId',
  schema: CustomDataSchema | null = null,
  ownClaims: OwnClaims | null = null,
) {
  const collection = createMemoryCollection(initial);
  const waits: number[] = [];
  let time = 1000;
  const customData = createCustomData({
    collection,
    userIdField,
    claimEncoding: 'relaxed',
    schema,
    ownClaims,
    revisionKey: KEY,
    now: () => time,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      time += milliseconds;
    },
  });
  return { collection, customData, waits };
}

/** A `MERGE` of `newCustomUserData`. */
export function merge(newCustomUserData: unknown): WriteChange {
  return { newCustomUserData, mode: 'MERGE' };
}

/** Matches an error of a code, with some of its details. */
export function code(expected: string, details?: object) {
  return expect.objectContaining({
    code: expected,
    ...(details === undefined ? {} : { details: expect.objectContaining(details) }),
  });
}
