/**
 * Queries and projections that clients send, evaluated in memory on the part of their own document that
 * they may see. No database ever gets to see them.
 */
import { BSONRegExp, DBRef } from '../bson.ts';
import { badInput, isGatewayError } from '../errors.ts';
import { hasOperators } from '../store/query/conditions.ts';
import { compileFilter, upsertFields } from '../store/query/filter.ts';
import { compileProjection } from '../store/query/projection.ts';
import { createQueryOperators } from '../store/query/query-operators.ts';
import { type Document, isPlainObject } from '../values/documents.ts';
import { equalityKey } from '../values/equality.ts';
import { remembering } from '../values/remembering.ts';

/** A query that may be asked of a document. */
export interface ClientQuery {
  readonly filter: Document;
  /** Whether the caller's document, as the caller may see it, matches. */
  readonly matches: (document: Document) => boolean;
  /** What the query says that fields equal: dotted path and value. An upsert takes them over. */
  readonly equalities: readonly (readonly [path: string, value: unknown])[];
}

/** What a projection shows of a document. */
export type Show = (document: Document) => Document;

/** The operators of conditions. No patterns and no scripts: one can keep a process busy for very long. */
const OPERATORS: ReadonlySet<string> = new Set([
  ...['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin'],
  ...['$exists', '$type', '$mod', '$size', '$all', '$elemMatch', '$not'],
]);
const LOGICAL: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);

/** Conditions in one query. Each may look at every value of the document. */
const MAX_CONDITIONS = 100;
/** Values that the lists of one query may hold. */
const MAX_VALUES = 10_000;

/**
 * Parses the query of a client; none is `{}`.
 *
 * Fails with `BAD_USER_INPUT` if it is not a document or has an operator that is not supported.
 */
export function parseClientQuery(query: unknown): ClientQuery {
  const filter = query ?? {};
  if (!isPlainObject(filter)) throw badInput('"query" must be a document', '/query');
  checkFilter(filter, createBudget());
  return asBadInput('/query', () => {
    const { matches } = compileFilter(filter, createQueryOperators(createKeyOf()));
    return { filter, matches, equalities: upsertFields(filter) };
  });
}

/** Parses the projection that goes with a query; none shows everything. Fails with `BAD_USER_INPUT`. */
export function parseClientProjection(projection: unknown, { filter }: ClientQuery): Show {
  const fields = projection ?? {};
  if (!isPlainObject(fields)) throw badInput('"projection" must be a document', '/projection');
  if (Object.keys(fields).length === 0) return (document) => document;
  const budget = createBudget();
  for (const value of Object.values(fields)) {
    if (isPlainObject(value) && Object.hasOwn(value, '$elemMatch')) {
      checkCriteria(value.$elemMatch, budget);
    }
  }
  return asBadInput('/projection', () =>
    compileProjection(fields, { filter, operators: createQueryOperators(createKeyOf()) }),
  );
}

/** Makes the key of each item of an array once, however many conditions ask for it: the document stays as it is. */
function createKeyOf(): (value: unknown) => string {
  const keyOfObject = remembering<object, string>(equalityKey);
  return (value) =>
    typeof value === 'object' && value !== null ? keyOfObject(value) : equalityKey(value);
}

/** What a query may still use up. */
interface Budget {
  conditions: number;
  values: number;
}

function createBudget(): Budget {
  return { conditions: MAX_CONDITIONS, values: MAX_VALUES };
}

function checkFilter(filter: Document, budget: Budget): void {
  spend(budget, 'conditions');
  for (const [name, condition] of Object.entries(filter)) {
    if (!name.startsWith('$')) checkCondition(condition, budget);
    else if (!LOGICAL.has(name)) throw unsupported(name, 'unknown top level operator');
    else {
      for (const part of listOf(condition, name)) {
        if (!isPlainObject(part)) throw badInput(`"${name}" takes documents`, '/query');
        checkFilter(part, budget);
      }
    }
  }
}

function checkCondition(condition: unknown, budget: Budget): void {
  if (!hasOperators(condition)) {
    spend(budget, 'conditions');
    checkValue(condition, budget);
  } else {
    for (const [name, operand] of Object.entries(condition)) checkOperator(name, operand, budget);
  }
}

function checkOperator(name: string, operand: unknown, budget: Budget): void {
  spend(budget, 'conditions');
  if (!OPERATORS.has(name)) throw unsupported(name);
  if (name === '$elemMatch') checkCriteria(operand, budget);
  else if (name === '$not') {
    if (!hasOperators(operand)) throw badInput('"$not" takes operators', '/query');
    checkCondition(operand, budget);
  } else if (name === '$all' || name === '$in' || name === '$nin') {
    for (const value of listOf(operand, name)) {
      if (name === '$all') checkCondition(value, budget);
      else checkValue(value, budget);
    }
  } else checkValue(operand, budget);
}

/** The operand of `$elemMatch`: conditions on an item, or a query of its fields. */
function checkCriteria(criteria: unknown, budget: Budget): void {
  if (!isPlainObject(criteria)) throw badInput('"$elemMatch" takes a document', '/query');
  const [first] = Object.keys(criteria);
  if (first?.startsWith('$') === true && !LOGICAL.has(first)) checkCondition(criteria, budget);
  else checkFilter(criteria, budget);
}

function checkValue(value: unknown, budget: Budget): void {
  spend(budget, 'values');
  if (value instanceof BSONRegExp || value instanceof RegExp) throw unsupported('$regex');
  if (value instanceof DBRef) return;
  if (Array.isArray(value)) for (const item of value) checkValue(item, budget);
  else if (isPlainObject(value)) {
    for (const item of Object.values(value)) checkValue(item, budget);
  }
}

function spend(budget: Budget, kind: keyof Budget): void {
  budget[kind] -= 1;
  if (budget[kind] < 0) throw badInput('The query has too many conditions or values', '/query');
}

function listOf(operand: unknown, name: string): readonly unknown[] {
  if (Array.isArray(operand)) return operand;
  throw badInput(`"${name}" takes an array`, '/query');
}

/** In the words of MongoDB, which App Services passed on and clients look for. */
function unsupported(name: string, problem = 'unknown operator') {
  return badInput(`${problem}: ${name}, clients' queries support no such operator`, '/query');
}

/** What the compilers refuse is the client's fault. */
function asBadInput<T>(path: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (isGatewayError(error) || !(error instanceof Error)) throw error;
    throw badInput(error.message, path, error);
  }
}
