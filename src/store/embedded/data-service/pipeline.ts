/**
 * Aggregation pipelines on the embedded store. Stages at the beginning that choose and order documents
 * are part of the query, so that no more is kept than they let through; what comes after works on what
 * is in memory, within the limits of whoever asks.
 */
import { calculateObjectSize } from '../../../bson.ts';
import type { Document } from '../../../values/documents.ts';
import { createSorter, type Sort } from '../../../values/order.ts';
import { collectionsIn } from '../../data-service/data-service.ts';
import { readDocument, readFindOptions } from '../../data-service/method-arguments.ts';
import type { Filter } from '../../port.ts';
import type { Aggregation, PipelinePart } from '../../query/aggregation/aggregation.ts';
import { type CompiledFilter, compileFilter } from '../../query/filter.ts';
import { decodePlain } from '../../stored-document.ts';
import { eachInTurns, sortInTurns, type Work } from '../../turns.ts';
import { type CollectionContext, onCollection, toQuery } from '../collection-context.ts';
import { countMatches, type Selection, selectDocuments } from '../query-results.ts';

/** What the operations of the operator's functions work with. */
export interface OperatorContext extends CollectionContext {
  readonly aggregation: Aggregation;
  /** The context of another collection of the database. */
  readonly other: (collection: string) => CollectionContext;
}

type Compile = (filter: Filter) => CompiledFilter;
type Documents = readonly Document[];

/** Runs a pipeline. */
export async function runPipeline(
  context: OperatorContext,
  pipeline: Documents,
): Promise<Document[]> {
  const { aggregation, begin, decode } = context;
  const compile: Compile = (filter) => toQuery(context, filter).filter;
  const { query, typed, rest } = splitPipeline(pipeline, compile);
  const parts = aggregation.split(rest);
  const others = await readOthers(context, pipeline);
  const selection = { ...query, decode: rest.length === 0 ? decode : decodePlain };
  const counted = typed.length === 0 ? readCount(rest[0]) : undefined;
  if (counted !== undefined) {
    const found = await onCollection(context, { none: 0 }, (source) =>
      countMatches(source, selection),
    );
    const results = found === 0 ? [] : [{ [counted]: found }];
    return finish(
      context,
      await runParts(context, results, aggregation.split(rest.slice(1)), others),
    );
  }
  let documents: Documents = await select(context, selection);
  for (const stage of typed) documents = await stage(begin(), documents);
  if (rest.length === 0) return [...documents];
  return finish(context, await runParts(context, documents, parts, others));
}

function select(context: CollectionContext, selection: Selection): Promise<Document[]> {
  return onCollection(context, { none: [] }, (source) => selectDocuments(source, selection));
}

/** The field that `$count` makes, which needs no documents; what is wrong is left to who knows all stages. */
function readCount(stage: Document = {}): string | undefined {
  const { name, argument } = readStage(stage);
  if (name !== '$count' || typeof argument !== 'string') return undefined;
  return /^[^$.][^.]*$/.test(argument) ? argument : undefined;
}

/** Gives the results the types that the driver gives them. */
async function finish(
  { aggregation, begin }: OperatorContext,
  results: Documents,
): Promise<Document[]> {
  const typed: Document[] = [];
  await eachInTurns(begin(), results, (each) => typed.push(aggregation.toTyped(each)));
  return typed;
}

async function runParts(
  context: OperatorContext,
  documents: Documents,
  parts: readonly PipelinePart[],
  others: ReadonlyMap<string, Document[]>,
): Promise<Documents> {
  const { hold } = context.limits;
  let current = documents;
  let held = 0;
  for (const part of parts) {
    const results: Document[] = [];
    const before = held;
    held = 0;
    await runPart(context, current, part, others, (document) => {
      const bytes = calculateObjectSize(document, { ignoreUndefined: true });
      hold(bytes);
      held += bytes;
      results.push(document);
    });
    hold(-before);
    current = results;
  }
  return current;
}

async function runPart(
  { begin }: OperatorContext,
  documents: Documents,
  part: PipelinePart,
  others: ReadonlyMap<string, Document[]>,
  keep: (document: Document) => void,
): Promise<void> {
  const work = begin();
  switch (part.type) {
    case 'sort':
      for (const document of await sortDocuments(work, documents, part.sort)) keep(document);
      return;
    case 'group': {
      const grouping = part.begin();
      await eachInTurns(work, documents, grouping.add);
      await eachInTurns(work, grouping.results(), keep);
      return;
    }
    case 'stages':
      await eachInTurns(
        work,
        part.run(documents, (name) => others.get(name) ?? []),
        keep,
      );
  }
}

async function sortDocuments(work: Work, documents: Documents, sort: Sort): Promise<Documents> {
  const sorter = createSorter(sort);
  const keyed: { readonly document: Document; readonly key: readonly unknown[] }[] = [];
  await eachInTurns(work, documents, (document) => {
    keyed.push({ document, key: sorter.keyOf(document) });
  });
  const sorted = await sortInTurns(work, keyed, (left, right) =>
    sorter.compare(left.key, right.key),
  );
  return sorted.map(({ document }) => document);
}

/** Documents of the other collections that a pipeline names. */
async function readOthers(
  { other }: OperatorContext,
  pipeline: Documents,
): Promise<ReadonlyMap<string, Document[]>> {
  const others = new Map<string, Document[]>();
  const all = { filter: compileFilter({}), decode: decodePlain, ...EVERYTHING };
  for (const { collection } of collectionsIn(pipeline, '')) {
    if (others.has(collection)) continue;
    others.set(collection, await select(other(collection), all));
  }
  return others;
}

const EVERYTHING = { skip: 0, take: Number.POSITIVE_INFINITY } as const;

/** A stage that leaves the documents as they are, so that their values can keep their types. */
type TypedStage = (work: Work, documents: Documents) => Promise<Documents>;

/** A pipeline as a query, further stages that keep types, and the rest. */
interface SplitPipeline {
  readonly query: Omit<Selection, 'decode' | 'show'>;
  readonly typed: readonly TypedStage[];
  readonly rest: Documents;
}

function splitPipeline(pipeline: Documents, compile: Compile): SplitPipeline {
  let query: SplitPipeline['query'] = { filter: compile({}), ...EVERYTHING };
  let position = 0;
  for (; position < pipeline.length; position += 1) {
    const next = extendQuery(query, pipeline[position] ?? {}, position, compile);
    if (next === undefined) break;
    query = next;
  }
  const typed: TypedStage[] = [];
  for (; position < pipeline.length; position += 1) {
    const stage = typedStage(pipeline[position] ?? {}, compile);
    if (stage === undefined) break;
    typed.push(stage);
  }
  return { query, typed, rest: pipeline.slice(position) };
}

/** The query that does what the stage does as well, if there is one. */
function extendQuery(
  query: SplitPipeline['query'],
  stage: Document,
  position: number,
  compile: Compile,
): SplitPipeline['query'] | undefined {
  const { name, argument } = readStage(stage);
  const { sort, skip, take } = query;
  switch (name) {
    case '$match':
      if (position > 0) return undefined;
      return { ...query, filter: compile(readDocument(argument, '$match')) };
    case '$sort':
      if (sort !== undefined || skip > 0 || take !== Number.POSITIVE_INFINITY) return undefined;
      return { ...query, sort: readFindOptions({ sort: argument }).sort };
    case '$skip': {
      const more = readFindOptions({ skip: argument }).skip;
      return { ...query, skip: skip + more, take: Math.max(0, take - more) };
    }
    case '$limit':
      return { ...query, take: Math.min(take, readFindOptions({ limit: argument }).limit) };
    default:
      return undefined;
  }
}

function typedStage(stage: Document, compile: Compile): TypedStage | undefined {
  const { name, argument } = readStage(stage);
  switch (name) {
    case '$match': {
      const { matches } = compile(readDocument(argument, '$match'));
      return async (work, documents) => {
        const found: Document[] = [];
        await eachInTurns(work, documents, (each) => matches(each) && found.push(each));
        return found;
      };
    }
    case '$sort': {
      const { sort = {} } = readFindOptions({ sort: argument });
      return (work, documents) => sortDocuments(work, documents, sort);
    }
    case '$skip': {
      const { skip } = readFindOptions({ skip: argument });
      return async (_work, documents) => documents.slice(skip);
    }
    case '$limit': {
      const { limit } = readFindOptions({ limit: argument });
      return async (_work, documents) => documents.slice(0, limit);
    }
    default:
      return undefined;
  }
}

/** A malformed stage has no name here and is left to who knows them all. */
function readStage(stage: Document): { readonly name?: string; readonly argument?: unknown } {
  const [entry, ...others] = Object.entries(stage);
  if (entry === undefined || others.length > 0) return {};
  return { name: entry[0], argument: entry[1] };
}
