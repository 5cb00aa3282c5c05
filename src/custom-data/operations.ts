/** Atomic operators on a document, addressed by JSON Pointer (RFC 6901): all apply or none. */
import { badInput, isGatewayError } from '../errors.ts';
import { isPlainObject } from '../values/documents.ts';
import { appendPointer, splitPointer } from '../values/json.ts';
import { isNumeric } from '../values/numbers.ts';
import { MAX_DEPTH, parseExtendedJson } from './extended-json-parse.ts';
import type { Operation } from './operators.ts';
import type { FieldNode } from './schema/field-tree.ts';
import { lookUp } from './schema/projection.ts';
import type { NamedFields } from './schema/protection.ts';
import { findNamed, findProtectedPaths } from './schema/write-access.ts';
import {
  assertNoPaths,
  findForbiddenPaths,
  identityFields,
  isForbiddenName,
  type WritePolicy,
} from './write-policy.ts';

/** One operator as the client sent it: exactly one member is present; values are JSON. */
export interface CustomDataOperation {
  /** Sets a field or array element; makes the objects on the way to it. */
  readonly set?: OperationWithValue | null | undefined;
  /** Removes a field; makes an array element `null`, as MongoDB does, so that indexes stay. */
  readonly unset?: { readonly path: string } | null | undefined;
  /** Adds to a number; an absent field counts as 0. */
  readonly increment?: { readonly path: string; readonly by: unknown } | null | undefined;
  /** Adds an element to the end of an array. */
  readonly append?: OperationWithValue | null | undefined;
  /** Adds an element to an array unless an equal one is there. */
  readonly addToSet?: OperationWithValue | null | undefined;
  /** Removes every equal element from an array. */
  readonly pull?: OperationWithValue | null | undefined;
}

/** A JSON Pointer (RFC 6901) and a JSON value, Extended JSON included. */
export interface OperationWithValue {
  readonly path: string;
  /** May be `null`; to leave it out is `BAD_USER_INPUT`, which GraphQL's types cannot say. */
  readonly value?: unknown;
}

/** Operators in one request. Each may search an array that the request itself made long. */
const MAX_OPERATIONS = 100;

/** Names of the operators and of the member that holds their operand. */
const OPERANDS = {
  set: 'value',
  unset: null,
  increment: 'by',
  append: 'value',
  addToSet: 'value',
  pull: 'value',
} as const satisfies Record<keyof CustomDataOperation, string | null>;

const OPERATOR_NAMES = Object.keys(OPERANDS) as (keyof CustomDataOperation)[];

/** Operators that have been understood. */
export interface Operations {
  readonly operations: readonly Operation[];
  /** The `writeOnly` fields that they set or remove. */
  readonly named: NamedFields;
}

/**
 * Parses operators and holds them to the write policy.
 *
 * Fails with `BAD_USER_INPUT`, `path` being a JSON Pointer into the list of operators, or with
 * `FIELD_NOT_WRITABLE`, `paths` being JSON Pointers into the document.
 */
export function parseOperations(
  operations: readonly CustomDataOperation[],
  policy: WritePolicy,
): Operations {
  if (operations.length > MAX_OPERATIONS) {
    throw badInput(`"operations" may hold at most ${MAX_OPERATIONS} operations`, '');
  }
  const parsed = operations.map((operation, index) =>
    parseOperation(operation, appendPointer('', index)),
  );
  const paths: string[] = [];
  for (const operation of parsed) findRefusedPaths(operation, policy, paths);
  assertNoPaths(paths);
  const { fields } = policy;
  const placed = parsed.map((operation) =>
    fields === undefined ? operation : withPlace(operation, fields),
  );
  return {
    operations: placed,
    named: new Set(placed.flatMap((operation) => [...(operation.place?.named ?? [])])),
  };
}

function findRefusedPaths(operation: Operation, policy: WritePolicy, paths: string[]): void {
  const { operator, tokens, path, operand } = operation;
  const place = policy.fields === undefined ? undefined : lookUp(policy.fields, tokens);
  const isIdentity = identityFields(policy).includes(tokens[0] as string);
  const isWhole = operator === 'set' || operator === 'unset';
  const isClosed = place?.isProtected === true || (place?.node?.access === 'writeOnly' && !isWhole);
  if (isIdentity || isClosed || tokens.some(isForbiddenName)) {
    paths.push(path);
    return;
  }
  findForbiddenPaths(operand, path, paths);
  // What is removed comes back with its protected fields; any value in its place would not.
  if (place?.node === undefined || operator === 'unset') return;
  findProtectedPaths(operator === 'set' ? operand : null, place.node, path, paths);
}

/** The operation with what it has to keep where it sets or removes a value. */
function withPlace(operation: Operation, fields: FieldNode): Operation {
  const { tokens, operand } = operation;
  const { node } = lookUp(fields, tokens);
  if (node === undefined || (node.access !== 'writeOnly' && !node.hasProtected)) return operation;
  const path = tokens.reduce<string>(appendPointer, '');
  return { ...operation, place: { node, path, named: new Set(findNamed(operand, node, path)) } };
}

function parseOperation(operation: CustomDataOperation, at: string): Operation {
  const given = OPERATOR_NAMES.filter((name) => (operation[name] ?? null) !== null);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    throw badInput('An operation must have exactly one operator', at);
  }
  const location = appendPointer(at, name);
  const members: { path?: unknown; value?: unknown; by?: unknown } = operation[name] ?? {};
  const tokens = parsePath(members.path, appendPointer(location, 'path'));
  const operandName = OPERANDS[name];
  const operand =
    operandName === null
      ? null
      : parseOperand(members[operandName], appendPointer(location, operandName));
  if (tokens.length + depthOf(operand) > MAX_DEPTH) {
    throw badInput(`Values may not be nested more than ${MAX_DEPTH} deep`, location);
  }
  if (name === 'increment' && !isNumeric(operand)) {
    throw badInput('"by" must be a number', appendPointer(location, 'by'));
  }
  return { operator: name, path: String(members.path), tokens, operand, location };
}

function parsePath(path: unknown, at: string): string[] {
  const tokens = typeof path === 'string' ? splitPointer(path) : null;
  if (tokens === null || tokens.length === 0) {
    throw badInput('"path" must be a JSON Pointer to a field', at);
  }
  if (tokens.some((token) => /\0|\p{Surrogate}/u.test(token))) {
    throw badInput('A key has a null character or a lone surrogate', at);
  }
  return tokens;
}

function parseOperand(value: unknown, at: string): unknown {
  try {
    return parseExtendedJson(value);
  } catch (error) {
    if (!isGatewayError(error, 'BAD_USER_INPUT')) throw error;
    throw badInput(error.message, `${at}${error.details.path ?? ''}`, error.cause);
  }
}

/** Objects and arrays within one another, the outermost counted. */
function depthOf(value: unknown): number {
  const children = Array.isArray(value) || isPlainObject(value) ? Object.values(value) : null;
  if (children === null) return 0;
  return 1 + children.reduce<number>((deepest, child) => Math.max(deepest, depthOf(child)), 0);
}
