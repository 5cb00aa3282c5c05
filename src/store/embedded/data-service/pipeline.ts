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
import type { Source } from '../query-scan.ts';

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
    const count = (source: Source) => countMatches(source, selection);
    const found = await onCollection(context, { none: 0 }, count);
    const results = found === 0 ? [] : [{ [counted]: found }];
    return runParts(context, results, aggregation.split(rest.slice(1)), others);
  }
  let documents: Documents = await select(context, selection);
  for (const choice of typed) documents = await choose(begin(), documents, choice);
  return rest.length === 0 ? [...documents] : runParts(context, documents, parts, others);
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

/** Runs what is mingo's; the results have the types that the driver gives them. */
async function runParts(
  context: OperatorContext,
  documents: Documents,
  parts: readonly PipelinePart[],
  others: ReadonlyMap<string, Document[]>,
): Promise<Document[]> {
  const { aggregation, begin, limits } = context;
  const { hold } = limits;
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
  const typed: Document[] = [];
  await eachInTurns(begin(), current, (each) => typed.push(aggregation.toTyped(each)));
  return typed;
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

/** A stage that chooses or orders documents and leaves them as they are, so that their values keep their types. */
type Choice =
  | { readonly filter: CompiledFilter }
  | { readonly sort: Sort | undefined }
  | { readonly skip: number }
  | { readonly take: number };

/** A pipeline as a query, further stages that keep types, and the rest. */
interface SplitPipeline {
  readonly query: Omit<Selection, 'decode' | 'show'>;
  readonly typed: readonly Choice[];
  readonly rest: Documents;
}

function splitPipeline(pipeline: Documents, compile: Compile): SplitPipeline {
  let query: SplitPipeline['query'] = { filter: compile({}), ...EVERYTHING };
  const typed: Choice[] = [];
  let position = 0;
  for (; position < pipeline.length; position += 1) {
    const choice = readChoice(pipeline[position] ?? {}, compile);
    if (choice === undefined) break;
    const next = typed.length > 0 ? undefined : extendQuery(query, choice, position);
    if (next === undefined) typed.push(choice);
    else query = next;
  }
  return { query, typed, rest: pipeline.slice(position) };
}

function readChoice(stage: Document, compile: Compile): Choice | undefined {
  const { name, argument } = readStage(stage);
  switch (name) {
    case '$match':
      return { filter: compile(readDocument(argument, '$match')) };
    case '$sort':
      return { sort: readFindOptions({ sort: argument }).sort };
    case '$skip':
      return { skip: readFindOptions({ skip: argument }).skip };
    case '$limit':
      return { take: readFindOptions({ limit: argument }).limit };
    default:
      return undefined;
  }
}

/** The query that does what the stage does as well, if there is one. */
function extendQuery(
  query: SplitPipeline['query'],
  choice: Choice,
  position: number,
): SplitPipeline['query'] | undefined {
  const { sort, skip, take } = query;
  if ('filter' in choice) return position === 0 ? { ...query, ...choice } : undefined;
  if ('sort' in choice) {
    const isFree = sort === undefined && skip === 0 && take === EVERYTHING.take;
    return isFree ? { ...query, ...choice } : undefined;
  }
  if ('take' in choice) return { ...query, take: Math.min(take, choice.take) };
  return { ...query, skip: skip + choice.skip, take: Math.max(0, take - choice.skip) };
}

async function choose(work: Work, documents: Documents, choice: Choice): Promise<Documents> {
  if ('skip' in choice) return documents.slice(choice.skip);
  if ('take' in choice) return documents.slice(0, choice.take);
  if ('sort' in choice) return sortDocuments(work, documents, choice.sort ?? {});
  const found: Document[] = [];
  await eachInTurns(work, documents, (each) => choice.filter.matches(each) && found.push(each));
  return found;
}

/** A malformed stage has no name here and is left to who knows them all. */
function readStage(stage: Document): { readonly name?: string; readonly argument?: unknown } {
  const [entry, ...others] = Object.entries(stage);
  if (entry === undefined || others.length > 0) return {};
  return { name: entry[0], argument: entry[1] };
}
