/**
 * Operations that ask for claims and nothing else, as functions of them.
 *
 * graphql-js looks at the document anew whenever it executes one: which fields, which arguments, which types. For a
 * few claims that takes longer than to read them. So the plainest of these operations are worked out once: `me` and
 * fields of it that are claims, with arguments that are written down. Whatever has a variable, a directive, a fragment
 * or another field is executed by graphql-js, and so is what comes to an error.
 */
import {
  type FieldNode,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  getOperationAST,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { AccessClaims } from '../token/claims.ts';
import type { Operation } from './context.ts';
import { type Budget, CLAIM_FIELDS } from './me.ts';

/** The data of an answer. */
export type Data = Record<string, unknown>;

/** The data that an operation answers for a caller; `null`: without one. Fails if there would be an error in the answer. */
export type ClaimsPlan = (caller: AccessClaims | null, budget: Budget) => Data;

/** What is selected of the claims, by response key, or of the query itself. */
type Plan<Source> = readonly { readonly key: string; readonly read: Read<Source> }[];
type Read<Source> = (source: Source, budget: Budget) => unknown;

/** The plan of an operation; `null` if it is not one of the plainest. The operation must be valid for its schema. */
export function planClaims({ document, operationName, schema }: Operation): ClaimsPlan | null {
  const definition = getOperationAST(document, operationName);
  const query = schema.getQueryType();
  if (definition?.operation !== 'query' || !isObjectType(query)) return null;
  const { directives = [], selectionSet, variableDefinitions = [] } = definition;
  if (directives.length > 0 || variableDefinitions.length > 0) return null;
  const plan = planFields<AccessClaims | null>(selectionSet, (field) => planRoot(field, schema));
  return plan && ((caller, budget) => run(plan, caller, budget));
}

function run<Source>(plan: Plan<Source>, source: Source, budget: Budget): Data {
  const data: Data = {};
  for (const { key, read } of plan) data[key] = read(source, budget);
  return data;
}

/** `null` if any selection is not a plain field, or two are one, or `planField` has no plan for it. */
function planFields<Source>(
  { selections }: SelectionSetNode,
  planField: (field: FieldNode) => Read<Source> | null,
): Plan<Source> | null {
  const plan = new Map<string, Read<Source>>();
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD || (selection.directives ?? []).length > 0) return null;
    const { value: key } = selection.alias ?? selection.name;
    const read = planField(selection);
    // A field that is called like that would be none of a plain object.
    if (read === null || plan.has(key) || key === '__proto__') return null;
    plan.set(key, read);
  }
  return Array.from(plan, ([key, read]) => ({ key, read }));
}

function planRoot(field: FieldNode, schema: GraphQLSchema): Read<AccessClaims | null> | null {
  const user = schema.getType('User');
  if (field.name.value !== 'me' || field.selectionSet === undefined || !isObjectType(user)) {
    return null;
  }
  const plan = planFields<AccessClaims>(field.selectionSet, (inner) => planClaim(inner, user));
  return plan && ((caller, budget) => (caller === null ? null : run(plan, caller, budget)));
}

function planClaim(node: FieldNode, user: GraphQLObjectType): Read<AccessClaims> | null {
  const { value: name } = node.name;
  if (name === '__typename') return () => user.name;
  const field = user.getFields()[name];
  const type = field && getNullableType(field.type);
  if (!CLAIM_FIELDS.has(name) || field?.resolve === undefined || !isLeafType(type)) return null;
  const { resolve } = field;
  const args = getArgumentValues(field, node);
  const isNullable = !isNonNullType(field.type);
  return (claims, budget) => {
    // None of them asks what it is a field of.
    const value: unknown = resolve(claims, args, budget, undefined as never);
    if (isNullable && (value === null || value === undefined)) return null;
    return serialize(type, value);
  };
}

/** GraphQL section 6.4.3: a leaf that cannot be written is an error. */
function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const written: unknown = value instanceof Promise ? undefined : type.serialize(value);
  if (written === null || written === undefined) throw new Error('A claim cannot be shown');
  return written;
}
