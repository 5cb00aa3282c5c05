/** Sees to the indexes of a collection, and finds what is in the way of a unique one. */
import { type Collection, MongoServerError } from 'mongodb';
import type { CollectionDefinition, Document } from '../port.ts';
import { decodePlain } from '../stored-document.ts';
import { isDuplicateKey } from './errors.ts';
import { toBytes } from './raw.ts';
import type { Runner } from './runner.ts';

/** Values that are listed at most when a unique index cannot be built. */
const MAX_REPORTED = 100;
/** A document may turn up or go while the index is built; look again so often. */
const UNIQUE_ATTEMPTS = 3;
/** An index over many documents takes minutes, once. */
const BUILD_TIMEOUT_MS = 3_600_000;
/** IndexOptionsConflict, IndexKeySpecsConflict. */
const CONFLICT_CODES: readonly unknown[] = [85, 86];

interface Wanted {
  readonly field: string;
  readonly options: { readonly unique?: true; readonly expireAfterSeconds?: number };
}

interface Existing {
  readonly name: string;
  readonly key: Document;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: unknown;
}

/**
 * Makes the indexes that are missing. Harmless when several gateways do it at once.
 *
 * @returns values that a unique index stumbled over, if the definition says `report`.
 * @throws Error if an index on the same field has other options, or duplicates are in the way.
 */
export async function ensureIndexes(
  collection: Collection,
  runner: Runner,
  definition: CollectionDefinition,
): Promise<unknown[]> {
  const existing = await runner.run(async () => (await collection.indexes()) as Existing[]);
  const missing = listWanted(definition).filter(
    (wanted) => !existing.some((index) => isOn(index, wanted.field) && serves(index, wanted)),
  );
  const duplicates: unknown[] = [];
  for (const wanted of missing) {
    const found = await runner.run(() => buildOrReport(collection, wanted, definition), {
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    duplicates.push(...found);
  }
  return duplicates;
}

function listWanted(definition: CollectionDefinition): Wanted[] {
  const { unique = [], indexes = [], expiresAt } = definition;
  return [
    ...unique.map((field) => ({ field, options: { unique: true } as const })),
    ...indexes
      .filter((field) => !unique.includes(field) && field !== expiresAt)
      .map((field) => ({ field, options: {} })),
    ...(expiresAt === undefined ? [] : [{ field: expiresAt, options: { expireAfterSeconds: 0 } }]),
  ];
}

function isOn(index: Existing, field: string): boolean {
  const [first, ...others] = Object.keys(index.key);
  return first === field && others.length === 0;
}

/** Whether an existing index on the field does what is wanted of it. */
function serves(index: Existing, { options }: Wanted): boolean {
  if (index.partialFilterExpression !== undefined) return false;
  if (options.expireAfterSeconds !== undefined) {
    return Number(index.expireAfterSeconds) === options.expireAfterSeconds;
  }
  return options.unique !== true || (index.unique === true && index.sparse !== true);
}

async function build(collection: Collection, { field, options }: Wanted): Promise<void> {
  const { unique } = options;
  try {
    // A name of its own: newer servers then keep it beside an index that is not unique.
    const name = unique === true ? { name: `${field}_1_unique` } : {};
    await collection.createIndex({ [field]: 1 }, { ...options, ...name });
  } catch (error) {
    if (error instanceof MongoServerError && CONFLICT_CODES.includes(error.code)) {
      throw new Error(
        `The collection "${collection.collectionName}" has an index on "${field}" with other ` +
          'options; drop it so that the gateway can make its own',
      );
    }
    throw error;
  }
}

async function buildOrReport(
  collection: Collection,
  wanted: Wanted,
  definition: CollectionDefinition,
): Promise<unknown[]> {
  for (let attempt = 0; attempt < UNIQUE_ATTEMPTS; attempt += 1) {
    try {
      await build(collection, wanted);
      return [];
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    if (definition.onDuplicates !== 'report') break;
    const values = await findDuplicates(collection, wanted.field);
    if (values.length > 0) return values;
  }
  throw new Error(
    `The collection "${definition.name}" has documents that share a value of "${wanted.field}", ` +
      'so the unique index on it cannot be built',
  );
}

/**
 * Values that an index on `field` would hold for more than one document, at most 100. As in the
 * index, a missing field counts as null, and every item of an array on its own.
 */
async function findDuplicates(collection: Collection, field: string): Promise<unknown[]> {
  const names = field.split('.');
  const paths = names.map((_, index) => names.slice(0, index + 1).join('.'));
  const groups = await collection
    .aggregate(
      [
        ...paths.map((path) => ({
          $unwind: { path: `$${path}`, preserveNullAndEmptyArrays: true },
        })),
        { $group: { _id: { value: `$${field}`, document: '$_id' } } },
        { $group: { _id: '$_id.value', count: { $sum: 1 } } },
        { $match: { count: { $gt: 1 } } },
        { $limit: MAX_REPORTED },
      ],
      { allowDiskUse: true, raw: true },
    )
    .toArray();
  return groups.map((group) => decodePlain(toBytes(group))._id);
}
