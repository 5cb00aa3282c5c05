/** The reading methods of the data service. */
import { readDocument, readFindOptions } from '../data-arguments.ts';
import type { DataCollection, FindOptions } from '../data-collection.ts';
import { collectionsIn } from '../data-service.ts';
import type { Document, Filter } from '../port.ts';
import { createDocumentComparator } from '../query/bson-order.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import { isPlainObject, valueKey, valuesAt } from '../query/value-key.ts';
import { decodePlain } from '../stored-document.ts';
import type { Access } from './access.ts';
import { createShow, type DataContext, decodeTyped } from './data-context.ts';
import type { OpenCollection } from './index-catalogue.ts';
import { type Decode, findMatches, findSorted, type Match } from './query.ts';

/** Creates the reading methods. */
export function createDataReads(context: DataContext) {
  const { aggregation, count, existing } = context;
  const compile = (filter: Filter) => compileFilter(filter, aggregation.filterOptions);
  return {
    find: async (filter, options) => {
      count('find');
      const compiled = compile(filter);
      const show = createShow(context, filter, options.projection);
      const access = await existing();
      return access === undefined ? [] : readMatches(access, compiled, options).map(show);
    },
    count: async (filter, { skip, limit }) => {
      count('aggregate');
      const access = await existing();
      if (access === undefined) return 0;
      return readMatches(access, compile(filter), { skip, limit }).length;
    },
    distinct: async (field, filter) => {
      count('distinct');
      const access = await existing();
      const found = access === undefined ? [] : readMatches(access, compile(filter), EVERYTHING);
      return distinctValues(found, field);
    },
    aggregate: async (pipeline) => {
      count('aggregate');
      const others = await openOthers(context, pipeline);
      const access = await existing();
      const { filter, typed, rest } = splitPipeline(pipeline);
      const compiled = compile(filter);
      const found = access === undefined ? [] : readMatches(access, compiled, EVERYTHING);
      const first = typed.reduce((documents, run) => run(documents, compile), found);
      if (rest.length === 0) return first;
      return aggregation.run(first, rest, (name) => others.get(name)?.() ?? []);
    },
  } satisfies Partial<DataCollection>;
}

const EVERYTHING = { skip: 0, limit: 0 };

function readMatches(
  access: Access,
  filter: CompiledFilter,
  { sort, skip, limit }: Pick<FindOptions, 'sort' | 'skip' | 'limit'>,
  decode: Decode = decodeTyped,
): Document[] {
  const end = limit === 0 ? Number.POSITIVE_INFINITY : skip + limit;
  const found = access.read((collection) =>
    sort === undefined
      ? takeMatches(collection, filter, decode, end)
      : findSorted(collection, filter, sort, decode),
  );
  return found.slice(skip, end).map(({ document }) => document);
}

function takeMatches(
  collection: OpenCollection,
  filter: CompiledFilter,
  decode: Decode,
  end: number,
): Match[] {
  const found: Match[] = [];
  for (const match of findMatches(collection, filter, decode)) {
    found.push(match);
    if (found.length >= end) break;
  }
  return found;
}

/** Items of arrays count on their own; the first of equal values stands for all. */
function distinctValues(documents: readonly Document[], field: string): unknown[] {
  const values = new Map<string, unknown>();
  for (const value of documents.flatMap((document) => valuesAt(document, field)).flat()) {
    const key = valueKey(value);
    if (value !== undefined && !values.has(key)) values.set(key, value);
  }
  return [...values.values()];
}

/** Documents of the other collections that a pipeline names. */
async function openOthers(
  { existing }: DataContext,
  pipeline: readonly Document[],
): Promise<ReadonlyMap<string, () => Document[]>> {
  const others = new Map<string, () => Document[]>();
  for (const { collection } of collectionsIn(pipeline, '')) {
    const access = await existing(collection);
    if (access === undefined) continue;
    const all = compileFilter({});
    others.set(collection, () => readMatches(access, all, EVERYTHING, decodePlain));
  }
  return others;
}

type Stage = (documents: Document[], compile: (filter: Filter) => CompiledFilter) => Document[];

/** Stages that leave the documents as they are, so that their values can keep their types. */
const TYPED_STAGES: Readonly<Record<string, (argument: unknown) => Stage>> = {
  $match: (argument) => (documents, compile) =>
    documents.filter(compile(readDocument(argument, '$match')).matches),
  $sort: (argument) => {
    const { sort } = readFindOptions({ sort: argument });
    return (documents) => documents.sort(createDocumentComparator(sort ?? {}));
  },
  $skip: (argument) => {
    const { skip } = readFindOptions({ skip: argument });
    return (documents) => documents.slice(skip);
  },
  $limit: (argument) => {
    const { limit } = readFindOptions({ limit: argument });
    return (documents) => documents.slice(0, limit);
  },
};

/** A pipeline as a filter, stages that keep types, and the rest. */
interface SplitPipeline {
  readonly filter: Filter;
  readonly typed: readonly Stage[];
  readonly rest: readonly Document[];
}

function splitPipeline(pipeline: readonly Document[]): SplitPipeline {
  const [first] = pipeline;
  const filter = first === undefined ? undefined : filterOf(first);
  const stages = filter === undefined ? pipeline : pipeline.slice(1);
  const typed: Stage[] = [];
  for (const stage of stages) {
    const run = typedStage(stage);
    if (run === undefined) break;
    typed.push(run);
  }
  return { filter: filter ?? {}, typed, rest: stages.slice(typed.length) };
}

function filterOf(stage: Document): Filter | undefined {
  const { $match, ...others } = stage;
  return isPlainObject($match) && Object.keys(others).length === 0 ? $match : undefined;
}

/** The stage, if it is one of `TYPED_STAGES`; a malformed one is left to who knows them all. */
function typedStage(stage: Document): Stage | undefined {
  const [entry, ...others] = Object.entries(stage);
  if (entry === undefined || others.length > 0) return undefined;
  const [name, argument] = entry;
  return Object.hasOwn(TYPED_STAGES, name) ? TYPED_STAGES[name]?.(argument) : undefined;
}
