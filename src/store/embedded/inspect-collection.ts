/** Looks at a collection without making it or an index. */
import type { CollectionDefinition, CollectionInspection, InspectedIndex } from '../port.ts';
import { openAccess } from './collection-access.ts';
import { gatewayContext, type StoreParts } from './collection-context.ts';
import { createCollection } from './embedded-collection.ts';
import type { Environment } from './environment.ts';
import {
  collectionKey,
  documentsDatabase,
  findDuplicates,
  isServed,
  type OpenCollection,
  wantedIndexes,
} from './index-catalogue.ts';
import { type IndexDefinition, isUnique } from './index-entries.ts';

/** How long one index is looked at, in milliseconds: nothing else can be done meanwhile. */
const LOOK_MILLISECONDS = 2000;

/** There was no time to look at all documents. */
class TooManyDocuments extends Error {
  override readonly name = 'TooManyDocuments';
}

/** What the collection is like; see `Store.inspect`. */
export async function inspectCollection(
  parts: StoreParts,
  definition: CollectionDefinition,
): Promise<CollectionInspection> {
  const { environment } = parts;
  const key = collectionKey(definition);
  const wanted = wantedIndexes(definition);
  if (!environment.hasDatabase(documentsDatabase(key))) {
    const indexes = wanted.map((index) => describe(index, false, []));
    return { exists: false, indexes, findOne: async () => null };
  }
  const access = await openAccess(environment, key);
  const indexes = access.read((collection) =>
    wanted.map((index) => inspectIndex(environment, collection, index)),
  );
  const { findOne } = createCollection(gatewayContext(parts, definition, () => access));
  return { exists: true, indexes, findOne };
}

function inspectIndex(
  environment: Environment,
  { documents, indexes }: OpenCollection,
  wanted: IndexDefinition,
): InspectedIndex {
  if (isServed(indexes, wanted)) return describe(wanted, true, []);
  const end = performance.now() + LOOK_MILLISECONDS;
  const goOn = () => {
    if (performance.now() > end) throw new TooManyDocuments();
  };
  try {
    const duplicates = environment.read(() => findDuplicates(wanted, documents, goOn));
    return describe(wanted, false, duplicates);
  } catch (error) {
    if (!(error instanceof TooManyDocuments)) throw error;
    return describe(wanted, false, null);
  }
}

function describe(
  index: IndexDefinition,
  isThere: boolean,
  duplicates: InspectedIndex['duplicates'],
): InspectedIndex {
  const other = index.kind === 'expiry' ? 'expiry' : 'plain';
  return { field: index.field, purpose: isUnique(index) ? 'unique' : other, isThere, duplicates };
}
