/**
 * All of mingo: aggregation pipelines and the operators of filters that use expressions. Slow to load, so
 * nothing imports this file until it is needed.
 *
 * mingo computes with JavaScript's numbers, so it is given plain values, and what it answers has the
 * types that the driver gives such values. What compares, sorts and groups here is ours.
 */
import { Aggregator } from 'mingo/aggregator';
import { Context, evalExpr } from 'mingo/core';
import { type Iterator, Lazy } from 'mingo/lazy';
import type { Options } from 'mingo/types';
import { Decimal128, deserialize, Long, serialize } from '../../bson.ts';
import { encodeDocument } from '../document-bytes.ts';
import type { Document, Sort } from '../port.ts';
import { decodePlain, decodeStored } from '../stored-document.ts';
import { addNumbers } from './arithmetic.ts';
import { compareValues, createDocumentComparator } from './bson-order.ts';
import { isNumeric } from './decimal.ts';
import type { FilterOptions } from './filter.ts';
import { beginGrouping, type Grouping, groupStage } from './grouping.ts';
import { QUERY_OPERATORS } from './query-operators.ts';
import { REGEX_EXPRESSIONS } from './regex-expressions.ts';
import { isPlainObject, valueKey } from './value-key.ts';

/** Runs pipelines and expressions in memory. */
export interface Aggregation {
  /** For filters that use every operator. */
  readonly filterOptions: FilterOptions;
  /** The value of an expression on a document; `undefined` if it has none. */
  evaluate(document: Document, expression: unknown): unknown;
  /** Splits a pipeline into parts to be run one after the other. Fails as the parts do. */
  split(pipeline: readonly Document[]): readonly PipelinePart[];
  /** A result of plain values with the types that the driver gives them. */
  toTyped(result: Document): Document;
}

/**
 * Part of a pipeline, on documents decoded to plain values. Each fails with an `Error` for a stage or an
 * operator that is not supported.
 */
export type PipelinePart =
  | { readonly type: 'sort'; readonly sort: Sort }
  | { readonly type: 'group'; readonly begin: () => Grouping }
  | {
      readonly type: 'stages';
      /** `resolve` finds the documents of other collections. Results come as they are asked for. */
      readonly run: (
        documents: readonly Document[],
        resolve: (collection: string) => Document[],
      ) => Iterable<Document>;
    };

/** An operator as mingo calls it: on a document, a list of documents or a stream of them. */
type Operator<Subject> = (subject: Subject, argument: unknown, options: Options) => unknown;
type Operators<Subject> = Readonly<Record<string, Operator<Subject>>>;

/** Loads every operator of mingo. */
export async function loadAggregation(): Promise<Aggregation> {
  const options: FilterOptions = { scriptEnabled: false, context: await loadContext() };
  return {
    filterOptions: options,
    evaluate: (document, expression) => {
      const plain = toOperand(expression);
      const value = evalExpr(toPlain(document), plain, options as Options);
      return toTypedResult({ value }).value;
    },
    split(pipeline) {
      const stages = toOperand(pipeline) as Document[];
      // mingo would find what every JavaScript object has, such as "constructor".
      const unknown = stages.flatMap(Object.keys).find((name) => !name.startsWith('$'));
      if (unknown !== undefined) throw new Error(`There is no stage "${unknown}"`);
      return splitStages(stages, options);
    },
    toTyped: toTypedResult,
  };
}

function splitStages(stages: readonly Document[], options: FilterOptions): PipelinePart[] {
  const parts: PipelinePart[] = [];
  let together: Document[] = [];
  const close = () => {
    if (together.length > 0) parts.push({ type: 'stages', run: runStages(together, options) });
    together = [];
  };
  for (const stage of stages) {
    const part = partOf(stage, options);
    if (part === undefined) together.push(stage);
    else {
      close();
      parts.push(part);
    }
  }
  close();
  return parts;
}

/** The stages that look at all documents at once and that need not be mingo's. */
function partOf(stage: Document, options: FilterOptions): PipelinePart | undefined {
  const [[name, spec] = [], ...others] = Object.entries(stage);
  if (others.length > 0) return undefined;
  if (name === '$sort') return { type: 'sort', sort: toSort(spec) };
  if (name !== '$group') return undefined;
  return { type: 'group', begin: () => beginGrouping(spec, options as Options) };
}

function runStages(stages: Document[], options: FilterOptions) {
  return function* (
    documents: readonly Document[],
    collectionResolver: (collection: string) => Document[],
  ): Generator<Document, void, undefined> {
    const results = new Aggregator(stages, { ...options, collectionResolver }).stream(documents);
    for (let { done, value } = results.next(); !done; { done, value } = results.next()) {
      yield value as Document;
    }
  };
}

async function loadContext(): Promise<Context> {
  const [accumulator, arithmetic, expression, pipeline, projection, query, window] =
    await Promise.all([
      import('mingo/operators/accumulator'),
      import('mingo/operators/expression/arithmetic'),
      import('mingo/operators/expression'),
      import('mingo/operators/pipeline'),
      import('mingo/operators/projection'),
      import('mingo/operators/query'),
      import('mingo/operators/window'),
    ]);
  const operators = {
    accumulator: { ...accumulator, ...createAccumulators(accumulator as never) },
    expression: {
      ...expression,
      ...guardAll(arithmetic as never),
      ...COMPARISONS,
      ...REGEX_EXPRESSIONS,
    },
    pipeline: {
      ...pipeline,
      $sort: sortStage,
      $group: groupStage,
      $out: refuseToWrite,
      $merge: refuseToWrite,
    },
    projection: { ...projection },
    query: { ...query, ...QUERY_OPERATORS, $expr: matchesExpression },
    window: { ...window },
  };
  return Context.init(operators as never);
}

/** `$expr`, on documents whose values may have kept their types. */
function matchesExpression(_path: string, expression: unknown, options: Options) {
  return (document: Document) => {
    const value = evalExpr(toPlain(document), expression, options);
    return value !== false && value !== 0 && value !== null && value !== undefined;
  };
}

/** Expressions compare values of any two types. */
const COMPARISONS: Operators<unknown> = Object.fromEntries(
  Object.entries({
    $eq: (order: number) => order === 0,
    $ne: (order: number) => order !== 0,
    $gt: (order: number) => order > 0,
    $gte: (order: number) => order >= 0,
    $lt: (order: number) => order < 0,
    $lte: (order: number) => order <= 0,
    $cmp: Math.sign,
  }).map(([name, decide]): [string, Operator<unknown>] => [
    name,
    (subject, operands, options) => {
      if (!Array.isArray(operands) || operands.length !== 2) {
        throw new Error(`The expression "${name}" takes two operands`);
      }
      const [left, right] = evalExpr(subject, operands, options) as unknown[];
      return decide(compareValues(left, right));
    },
  ]),
);

/** What mingo cannot compute with must not turn into a wrong sum. */
function guardAll(arithmetic: Operators<unknown>): Operators<unknown> {
  return Object.fromEntries(
    Object.entries(arithmetic).map(([name, operator]): [string, Operator<unknown>] => [
      name,
      (subject, argument, options) => {
        const operands = evalExpr(subject, argument, options);
        if ([operands].flat().some(isBeyondDouble)) {
          throw new Error(`The expression "${name}" cannot compute with decimals and large int64`);
        }
        return operator(subject, asLiteral(operands), options);
      },
    ]),
  );
}

function isBeyondDouble(value: unknown): boolean {
  return value instanceof Decimal128 || (value instanceof Long && isNumeric(value));
}

/** Evaluated values, so that they are not evaluated again. */
function asLiteral(operands: unknown): unknown {
  if (Array.isArray(operands)) return operands.map(asLiteral);
  return typeof operands === 'string' || isPlainObject(operands)
    ? { $literal: operands }
    : operands;
}

function createAccumulators(operators: Operators<unknown[]>): Operators<unknown[]> {
  const valuesOf: Operator<unknown[]> = (items, argument, options) =>
    operators.$push?.(items, argument, options);
  const over =
    (accumulate: (values: readonly unknown[]) => unknown): Operator<unknown[]> =>
    (items, argument, options) =>
      accumulate(valuesOf(items, argument, options) as unknown[]);
  const known = (values: readonly unknown[]) =>
    values.filter((value) => value !== null && value !== undefined);
  const extreme = (sign: 1 | -1) =>
    over((values) => {
      const [first, ...others] = known(values);
      if (first === undefined) return null;
      return others.reduce(
        (best, value) => (compareValues(value, best) * sign > 0 ? value : best),
        first,
      );
    });
  return {
    $min: extreme(-1),
    $max: extreme(1),
    $addToSet: over((values) => [
      ...new Map(values.map((each) => [valueKey(each), each])).values(),
    ]),
    $sum: over((values) => sum(values.filter(isNumeric))),
    $avg: over((values) => {
      const numbers = values.filter(isNumeric);
      if (numbers.length === 0) return null;
      if (numbers.some(isBeyondDouble)) {
        throw new Error('"$avg" cannot compute with decimals and large int64');
      }
      return Number(sum(numbers)) / numbers.length;
    }),
  };
}

/** Exact as far as int64 and decimals go. */
function sum(values: readonly unknown[]): unknown {
  if (values.some(isBeyondDouble)) return values.reduce(addNumbers, 0);
  return values.reduce<number>((total, value) => total + Number(value), 0);
}

/** mingo would write to the arrays it reads, and nothing would be stored. */
function refuseToWrite(): never {
  throw new Error('The stages "$out" and "$merge" are not supported');
}

function sortStage(documents: Iterator, spec: unknown): Iterator {
  const compare = createDocumentComparator(toSort(spec));
  return documents.transform<Document>((items) => Lazy([...items].sort(compare)));
}

function toSort(spec: unknown): Sort {
  const entries = isPlainObject(spec) ? Object.entries(spec) : [];
  if (entries.length === 0 || entries.some(([, value]) => value !== 1 && value !== -1)) {
    throw new Error('"$sort" takes fields with 1 or -1');
  }
  return Object.fromEntries(entries) as Sort;
}

/** What is sent, in which patterns are to be matched and not to be compared. */
function toOperand(value: unknown): unknown {
  return deserialize(encodeDocument({ value })).value;
}

function toPlain(document: Document): Document {
  return decodePlain(encodeDocument(document));
}

/** A result of mingo's, in which `undefined` stands for a field that is missing. */
function toTypedResult(document: Document): Document {
  return decodeStored(serialize(document, { ignoreUndefined: true })).document;
}
