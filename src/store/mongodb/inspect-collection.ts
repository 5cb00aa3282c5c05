/** Looks at a collection without making it or an index. */
import { isGatewayError } from '../../errors.ts';
import type { CollectionDefinition, CollectionInspection, InspectedIndex } from '../port.ts';
import { findDuplicates, listIndexes } from './build-indexes.ts';
import { type IndexStep, planIndexes } from './index-plan.ts';
import { type CollectionContext, createCollection } from './mongodb-collection.ts';

/** What the collection is like; see `Store.inspect`. */
export async function inspectCollection(
  context: CollectionContext,
  definition: CollectionDefinition,
): Promise<CollectionInspection> {
  // Every collection has an index on `_id`; one that is not there has none.
  const existing = await context.runner.run(() => listIndexes(context.collection));
  const steps = planIndexes(definition, existing);
  return {
    exists: existing.length > 0,
    indexes: await Promise.all(steps.map((step) => inspectIndex(context, step))),
    findOne: createCollection(context).findOne,
  };
}

async function inspectIndex(
  context: CollectionContext,
  { wanted: { field, purpose }, isMissing }: IndexStep,
): Promise<InspectedIndex> {
  const isAsked = isMissing && purpose === 'unique';
  const duplicates = isAsked ? await duplicatesInTime(context, field) : [];
  return { field, purpose, isThere: !isMissing, duplicates };
}

/** All documents are read for it, which may take longer than an operation may. */
async function duplicatesInTime(
  { collection, runner }: CollectionContext,
  field: string,
): Promise<readonly unknown[] | null> {
  try {
    return await runner.run(() => findDuplicates(collection, field));
  } catch (error) {
    if (isGatewayError(error, 'SERVICE_UNAVAILABLE')) return null;
    throw error;
  }
}
