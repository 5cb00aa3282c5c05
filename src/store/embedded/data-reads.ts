/** The reading methods of the data service. */
import { calculateObjectSize } from '../../bson.ts';
import { valueKey } from '../../values/equality.ts';
import { valuesAt } from '../../values/paths.ts';
import type { DataCollection } from '../data-collection.ts';
import type { Filter } from '../port.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import { runAggregation } from './data-aggregation.ts';
import { createShow, type DataContext, decodeTyped } from './data-context.ts';
import { planScan, type Source, scan } from './scan.ts';
import { countMatches, selectDocuments } from './select.ts';

/** Creates the reading methods. */
export function createDataReads(context: DataContext) {
  const { aggregation, count, existing } = context;
  const compile = (filter: Filter) => compileFilter(filter, aggregation.operators);
  return {
    find: async (filter, { projection, sort, skip, limit }) => {
      count('find');
      const compiled = compile(filter);
      const show = createShow(context, filter, projection);
      const source = await existing();
      if (source === undefined) return [];
      return selectDocuments(source, {
        ...{ filter: compiled, decode: decodeTyped, sort, skip, show },
        take: takeOf(limit),
      });
    },
    count: async (filter, { skip, limit }) => {
      count('aggregate');
      const compiled = compile(filter);
      const source = await existing();
      if (source === undefined) return 0;
      if (compiled.isEmpty) {
        const all = source.access.read(({ documents }) => documents.getStats() as Statistics);
        return Math.min(Math.max(0, all.entryCount - skip), takeOf(limit));
      }
      const query = { filter: compiled, decode: decodeTyped, skip, take: takeOf(limit) };
      return countMatches(source, query);
    },
    distinct: async (field, filter) => {
      count('distinct');
      const compiled = compile(filter);
      const source = await existing();
      return source === undefined ? [] : distinctValues(source, compiled, field);
    },
    aggregate: async (pipeline) => {
      count('aggregate');
      return runAggregation(context, pipeline, compile);
    },
  } satisfies Partial<DataCollection>;
}

/** What LMDB knows of a database without reading it. */
interface Statistics {
  readonly entryCount: number;
}

/** As in the driver, a limit of 0 is no limit. */
function takeOf(limit: number): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/** Items of arrays count on their own; the first of equal values stands for all. */
async function distinctValues(
  source: Source,
  filter: CompiledFilter,
  field: string,
): Promise<unknown[]> {
  const values = new Map<string, unknown>();
  const query = { filter, decode: decodeTyped };
  for await (const matches of scan(source, query, planScan(source, query))) {
    for (const value of matches.flatMap(({ document }) => valuesAt(document, field)).flat()) {
      const key = valueKey(value);
      if (value === undefined || values.has(key)) continue;
      source.limits.hold(calculateObjectSize({ value }) + key.length);
      values.set(key, value);
    }
  }
  return [...values.values()];
}
