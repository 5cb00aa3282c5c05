/**
 * Which indexes a collection needs, and what has to be done about the ones it has. Nothing here asks
 * the database, so a plan can be shown without being carried out.
 */

import type { Document } from '../../values/documents.ts';
import type { CollectionDefinition, InspectedIndex } from '../port.ts';

/** An index that a collection is to have. */
export type WantedIndex = Pick<InspectedIndex, 'field' | 'purpose'>;

/** An index as `listIndexes` describes it. */
export interface ExistingIndex {
  readonly name: string;
  readonly key: Document;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: unknown;
}

/** What to do about one field. */
export interface IndexStep {
  readonly wanted: WantedIndex;
  /** Whether an index that does the work is missing. */
  readonly isMissing: boolean;
  /** Names of indexes that this gateway made and that are in the way or of no use any more. */
  readonly obsolete: readonly string[];
  /** Whether any index finds documents by the field, unique or not. */
  readonly isFindable: boolean;
}

/** How a unique index is told to leave out the documents that lack the field, the best way first. */
export const UNIQUE_FORMS = ['partial', 'sparse', 'full'] as const;
/** One of `UNIQUE_FORMS`: `full` counts a missing field as null. */
export type UniqueForm = (typeof UNIQUE_FORMS)[number];

/** Names of our own, so that such an index can stand beside one that the operator made. */
export const indexNames = {
  unique: (field: string, form: UniqueForm) => `${field}_1_unique_${form}`,
  /** As 0.1.0 made it: it counts a missing field as null. */
  earlier: (field: string) => `${field}_1_unique`,
  /** In place of a unique index that cannot be built. */
  plain: (field: string) => `${field}_1_plain`,
} as const;

/**
 * Plans the indexes of a collection. `_id` has a unique index in every database, which asks to be
 * left alone (MongoDB's error 197).
 */
export function planIndexes(
  definition: CollectionDefinition,
  existing: readonly ExistingIndex[],
): IndexStep[] {
  return listWanted(definition).map((wanted) => {
    const onField = existing.filter((index) => isOn(index, wanted.field));
    return {
      wanted,
      isMissing: !onField.some((index) => serves(index, wanted)),
      obsolete: onField.map(({ name }) => name).filter((name) => isObsolete(name, wanted)),
      isFindable: onField.some((index) => index.partialFilterExpression === undefined),
    };
  });
}

function listWanted(definition: CollectionDefinition): WantedIndex[] {
  const { unique = [], indexes = [], expiresAt } = definition;
  const wanted: WantedIndex[] = [
    ...unique.map((field): WantedIndex => ({ field, purpose: 'unique' })),
    ...indexes
      .filter((field) => !unique.includes(field) && field !== expiresAt)
      .map((field): WantedIndex => ({ field, purpose: 'plain' })),
    ...(expiresAt === undefined ? [] : [{ field: expiresAt, purpose: 'expiry' } as const]),
  ];
  return wanted.filter(({ field }) => field !== '_id');
}

function isOn(index: ExistingIndex, field: string): boolean {
  const [first, ...others] = Object.keys(index.key);
  return first === field && others.length === 0;
}

/** Whether an existing index on the field does what is wanted of it. */
function serves(index: ExistingIndex, { field, purpose }: WantedIndex): boolean {
  if (purpose === 'unique') {
    const isEarlier = index.name === indexNames.earlier(field);
    return index.unique === true && !isEarlier && coversPresent(index, field);
  }
  if (index.partialFilterExpression !== undefined) return false;
  return purpose === 'plain' || Number(index.expireAfterSeconds) === 0;
}

/** Whether the index lists every document that has the field; whether others, too, is no matter. */
function coversPresent({ partialFilterExpression }: ExistingIndex, field: string): boolean {
  if (partialFilterExpression === undefined) return true;
  const expected = JSON.stringify({ [field]: { $exists: true } });
  return JSON.stringify(partialFilterExpression) === expected;
}

/** An index of an earlier version, or a stand-in while there were duplicates: goes once there is a better one. */
function isObsolete(name: string, { field, purpose }: WantedIndex): boolean {
  if (purpose !== 'unique') return false;
  return name === indexNames.earlier(field) || name === indexNames.plain(field);
}
