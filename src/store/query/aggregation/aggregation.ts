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
import { deserialize, serialize } from '../../../bson.ts';
import { type Document, isPlainObject } from '../../../values/documents.ts';
import { compareValues, createDocumentComparator, type Sort } from '../../../values/order.ts';
import { encodeDocument } from '../../document-bytes.ts';
import { decodePlain, decodeStored } from '../../stored-document.ts';
import {
  compileCondition,
  type QueryOperator,
  type QueryOperators,
  type Test,
} from '../conditions.ts';
import { QUERY_OPERATORS } from '../query-operators.ts';
import {
  createAccumulators,
  isBeyondDouble,
  type Operator,
  type Operators,
} from './accumulators.ts';
import { beginGrouping, type Grouping, groupStage } from './grouping.ts';
import { REGEX_EXPRESSIONS } from './regex-expressions.ts';

/** Runs pipelines and expressions in memory. */
export type Aggregation = Awaited<ReturnType<typeof loadAggregation>>;

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

type MingoQueryOperator = (path: string, operand: unknown, options: Options) => Test;

/** Loads every operator of mingo. */
export async function loadAggregation() {
  const options = { scriptEnabled: false, context: await loadContext() } as Options;
  return {
    /** For filters that use every operator. */
    operators: {
      ...(await loadBitOperators(options)),
      ...QUERY_OPERATORS,
      $expr: expression(options),
    } as QueryOperators,
    /** The value of an expression on a document; `undefined` if it has none. */
    evaluate: (document: Document, expression: unknown) => {
      const plain = toOperand(expression);
      const value = evalExpr(toPlain(document), plain, options);
      return toTypedResult({ value }).value;
    },
    /** Splits a pipeline into parts to be run one after the other. Fails as the parts do. */
    split(pipeline: readonly Document[]) {
      const stages = toOperand(pipeline) as Document[];
      // mingo would find what every JavaScript object has, such as "constructor".
      const unknown = stages.flatMap(Object.keys).find((name) => !name.startsWith('$'));
      if (unknown !== undefined) throw new Error(`There is no stage "${unknown}"`);
      return splitStages(stages, options);
    },
    /** A result of plain values with the types that the driver gives them. */
    toTyped: toTypedResult,
  };
}

function splitStages(stages: readonly Document[], options: Options): PipelinePart[] {
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
function partOf(stage: Document, options: Options): PipelinePart | undefined {
  const [[name, spec] = [], ...others] = Object.entries(stage);
  if (others.length > 0) return undefined;
  if (name === '$sort') return { type: 'sort', sort: toSort(spec) };
  if (name !== '$group') return undefined;
  return { type: 'group', begin: () => beginGrouping(spec, options) };
}

function runStages(stages: Document[], options: Options) {
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
    query: { ...query, ...forMingo(QUERY_OPERATORS), $expr: matchesExpression },
    window: { ...window },
  };
  return Context.init(operators as never);
}

/** The operators as mingo's `$match` calls them. */
function forMingo(operators: QueryOperators): Readonly<Record<string, MingoQueryOperator>> {
  const compile = (condition: unknown) => compileCondition(condition, operators);
  return Object.fromEntries(
    Object.entries(operators).map(([name, operator]): [string, MingoQueryOperator] => [
      name,
      (path, operand) => operator(path, operand, compile),
    ]),
  );
}

const BIT_OPERATORS = ['$bitsAllClear', '$bitsAllSet', '$bitsAnyClear', '$bitsAnySet'] as const;

/** mingo's operators on bits. */
async function loadBitOperators(options: Options): Promise<QueryOperators> {
  const query = await import('mingo/operators/query');
  return Object.fromEntries(
    BIT_OPERATORS.map((name): [string, QueryOperator] => [
      name,
      (path, operand) => query[name](path, operand as never, options) as Test,
    ]),
  );
}

function expression(options: Options): QueryOperator {
  return (path, operand) => matchesExpression(path, operand, options);
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

/** Evaluated values, so that they are not evaluated again. */
function asLiteral(operands: unknown): unknown {
  if (Array.isArray(operands)) return operands.map(asLiteral);
  return typeof operands === 'string' || isPlainObject(operands)
    ? { $literal: operands }
    : operands;
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
