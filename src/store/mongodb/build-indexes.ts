/** Sees to the indexes of a collection, and finds what is in the way of a unique one. */
import { type Collection, MongoServerError } from 'mongodb';
import type { Log } from '../../log.ts';
import type { Document } from '../../values/documents.ts';
import { type CollectionDefinition, MAX_DUPLICATES } from '../port.ts';
import { decodePlain } from '../stored-document.ts';
import { isDuplicateKey, isNoAnswer, isNotSupported } from './driver-errors.ts';
import type { Expiry } from './expiry.ts';
import {
  type ExistingIndex,
  type IndexStep,
  indexNames,
  planIndexes,
  UNIQUE_FORMS,
  type UniqueForm,
} from './index-plan.ts';
import { toBytes } from './raw-answers.ts';
import type { Runner } from './runner.ts';

/** A document may turn up or go while the index is built; look again so often. */
const UNIQUE_ATTEMPTS = 3;
/** An index over many documents takes minutes, once. */
const BUILD_TIMEOUT_MS = 3_600_000;
/** NamespaceNotFound: there is no such collection, so it has no indexes. */
const NAMESPACE_NOT_FOUND = 26;
/** IndexNotFound: another gateway has dropped it. */
const INDEX_NOT_FOUND = 27;
/** IndexOptionsConflict, IndexKeySpecsConflict. */
const CONFLICT_CODES: readonly unknown[] = [85, 86];
/** Unauthorized, AuthenticationFailed: to ask for another index would not help. */
const REFUSED_CODES: readonly unknown[] = [13, 18];

/** What seeing to indexes takes. */
export interface IndexParts {
  readonly collection: Collection;
  readonly runner: Runner;
  readonly log: Log;
  /** Removes what expires where the database has no index for it. */
  readonly expiry: Expiry;
}

/**
 * Makes the indexes that are missing, all at once. Harmless when several gateways do it together.
 *
 * @returns values that a unique index stumbled over, if the definition says `report`.
 * @throws Error if an index on the same field has other options, or duplicates are in the way.
 */
export async function ensureIndexes(
  parts: IndexParts,
  definition: CollectionDefinition,
): Promise<unknown[]> {
  const existing = await parts.runner.run(() => listIndexes(parts.collection));
  const steps = planIndexes(definition, existing);
  const found = await Promise.all(
    steps.map((step) =>
      step.isMissing || step.obsolete.length > 0
        ? parts.runner.run(() => carryOut(parts, step, definition), { timeoutMs: BUILD_TIMEOUT_MS })
        : [],
    ),
  );
  return found.flat();
}

/** The indexes that a collection has: none if it does not exist. */
export async function listIndexes(collection: Collection): Promise<ExistingIndex[]> {
  try {
    return (await collection.indexes()) as ExistingIndex[];
  } catch (error) {
    if (hasCode(error, [NAMESPACE_NOT_FOUND])) return [];
    throw error;
  }
}

async function carryOut(
  parts: IndexParts,
  step: IndexStep,
  definition: CollectionDefinition,
): Promise<unknown[]> {
  const { collectionName: name } = parts.collection;
  const { field, purpose } = step.wanted;
  const begin = performance.now();
  parts.log.info({ collection: name, field, purpose }, 'building an index');
  const duplicates =
    purpose === 'unique'
      ? await buildUnique(parts, step, definition)
      : await buildOther(parts, step);
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  parts.log.info({ collection: name, field, purpose, seconds }, 'the index is there');
  return duplicates;
}

async function buildOther(parts: IndexParts, { wanted }: IndexStep): Promise<[]> {
  if (wanted.purpose === 'expiry') await createExpiring(parts, wanted.field);
  else await create(parts.collection, wanted.field, {});
  return [];
}

/** Where the database has no TTL indexes, a plain one serves the store, which then sweeps itself. */
async function createExpiring(
  { collection, expiry, log }: IndexParts,
  field: string,
): Promise<void> {
  try {
    await create(collection, field, { expireAfterSeconds: 0 });
  } catch (error) {
    if (isFinal(error)) throw error;
    await create(collection, field, {});
    expiry.add(collection, field);
    log.warn(
      { collection: collection.collectionName, field },
      'the database has no TTL indexes: the gateway removes expired documents itself',
    );
  }
}

async function buildUnique(
  parts: IndexParts,
  step: IndexStep,
  definition: CollectionDefinition,
): Promise<unknown[]> {
  for (let attempt = 0; attempt < UNIQUE_ATTEMPTS; attempt += 1) {
    try {
      if (step.isMissing) await createUnique(parts, step, UNIQUE_FORMS);
      await dropObsolete(parts.collection, step.obsolete);
      return [];
    } catch (error) {
      if (hasCode(error, CONFLICT_CODES)) return goOnWithoutUnique(parts, step, definition);
      if (!isDuplicateKey(error)) throw error;
    }
    if (definition.onDuplicates !== 'report') break;
    const values = await findDuplicates(parts.collection, step.wanted.field);
    if (values.length === 0) continue;
    await createPlain(parts.collection, step);
    return values;
  }
  throw new Error(
    `The collection "${definition.name}" has documents that share a value of ` +
      `"${step.wanted.field}", so the unique index on it cannot be built`,
  );
}

/** An index of the operator's is in the way, and this server has one for a key. */
function goOnWithoutUnique(
  { collection: { collectionName: collection }, log }: IndexParts,
  { wanted: { field } }: IndexStep,
  { onDuplicates }: CollectionDefinition,
): [] {
  if (onDuplicates !== 'report') throw conflict(collection, field);
  log.warn({ collection, field }, 'an index with other options stays in place of the unique one');
  return [];
}

/** Users are found by the field all the same, so that it needs an index of some kind. */
async function createPlain(collection: Collection, step: IndexStep): Promise<void> {
  if (step.isFindable) return;
  const { field } = step.wanted;
  await create(collection, field, { name: indexNames.plain(field) });
}

/** Makes the unique index in the best form that the database knows. */
async function createUnique(
  parts: IndexParts,
  step: IndexStep,
  [form, ...others]: readonly UniqueForm[],
): Promise<void> {
  if (form === undefined) throw new Error('No form of a unique index was tried');
  const { field } = step.wanted;
  try {
    await createBeside(parts.collection, step, form);
  } catch (error) {
    if (isFinal(error) || others.length === 0) throw error;
    await createUnique(parts, step, others);
    return;
  }
  if (form === 'partial') return;
  const { collectionName: collection } = parts.collection;
  parts.log.warn({ collection, field, form }, 'the database has no partial indexes');
}

/**
 * Servers before MongoDB 5 have one index for a key, whatever its options: there the one of the
 * earlier version makes way first.
 */
async function createBeside(
  collection: Collection,
  { wanted: { field }, obsolete }: IndexStep,
  form: UniqueForm,
): Promise<void> {
  const options = {
    unique: true,
    name: indexNames.unique(field, form),
    ...(form === 'partial' ? { partialFilterExpression: { [field]: { $exists: true } } } : {}),
    ...(form === 'sparse' ? { sparse: true } : {}),
  };
  try {
    await collection.createIndex({ [field]: 1 }, options);
  } catch (error) {
    if (!hasCode(error, CONFLICT_CODES)) throw error;
    if (obsolete.length === 0) throw error;
    await dropObsolete(collection, obsolete);
    await collection.createIndex({ [field]: 1 }, options);
  }
}

async function create(
  collection: Collection,
  field: string,
  options: Parameters<Collection['createIndex']>[1],
): Promise<void> {
  try {
    await collection.createIndex({ [field]: 1 }, options);
  } catch (error) {
    if (hasCode(error, CONFLICT_CODES)) throw conflict(collection.collectionName, field);
    throw error;
  }
}

async function dropObsolete(collection: Collection, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await collection.dropIndex(name);
    } catch (error) {
      if (!hasCode(error, [INDEX_NOT_FOUND])) throw error;
    }
  }
}

function conflict(collection: string, field: string): Error {
  return new Error(
    `The collection "${collection}" has an index on "${field}" with other ` +
      'options; drop it so that the gateway can make its own',
  );
}

/** Whether another form of the index would meet the same error. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return true;
  const isNoMatterOfForm = hasCode(error, [...REFUSED_CODES, ...CONFLICT_CODES]);
  return isNoMatterOfForm || isDuplicateKey(error) || isNoAnswer(error);
}

function hasCode(error: unknown, codes: readonly unknown[]): boolean {
  return error instanceof MongoServerError && codes.includes(error.code);
}

/**
 * Values that an index on `field` would hold for more than one of the documents that have it, one
 * more than `MAX_DUPLICATES` at most. As in the index, every item of an array counts on its own.
 */
export async function findDuplicates(collection: Collection, field: string): Promise<unknown[]> {
  const names = field.split('.');
  const paths = names.map((_, index) => names.slice(0, index + 1).join('.'));
  try {
    return await findRepeated(collection, field, [
      ...paths.map((path) => ({
        $unwind: { path: `$${path}`, preserveNullAndEmptyArrays: true },
      })),
      { $group: { _id: { value: `$${field}`, document: '$_id' } } },
      { $group: { _id: '$_id.value', count: { $sum: 1 } } },
    ]);
  } catch (error) {
    if (!isNotSupported(error)) throw error;
    // A database that cannot tell the items of an array apart does not index them either.
    return findRepeated(collection, field, [{ $group: { _id: `$${field}`, count: { $sum: 1 } } }]);
  }
}

async function findRepeated(
  collection: Collection,
  field: string,
  counting: readonly Document[],
): Promise<unknown[]> {
  const groups = await collection
    .aggregate(
      [
        { $match: { [field]: { $exists: true } } },
        ...counting,
        { $match: { count: { $gt: 1 } } },
        { $limit: MAX_DUPLICATES + 1 },
      ],
      { allowDiskUse: true, raw: true },
    )
    .toArray();
  return groups.map((group) => decodePlain(toBytes(group))._id);
}
