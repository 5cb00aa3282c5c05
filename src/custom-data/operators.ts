/** What each operator does to a document. Pure: the document given is never changed. */

import { badInput } from '../errors.ts';
import { ABSENT, type Document, isPlainObject, setOwn } from '../values/documents.ts';
import { equalityKey } from '../values/equality.ts';
import { addNumbers, isNumeric } from '../values/numbers.ts';
import { createWorkspace, type Workspace } from './operator-workspace.ts';
import { keepWithin, type Place } from './schema/protection.ts';

/** One operator, parsed. */
export interface Operation {
  readonly operator: 'set' | 'unset' | 'increment' | 'append' | 'addToSet' | 'pull';
  /** JSON Pointer into the document. */
  readonly path: string;
  /** The reference tokens of `path`; at least one. */
  readonly tokens: readonly string[];
  /** BSON value that the operator works with; `null` for `unset`. */
  readonly operand: unknown;
  /** JSON Pointer of the operator in the request, for errors. */
  readonly location: string;
  /** What the schema says of the value at the path, if something in it is to be kept. */
  readonly place?: Place;
}

const ARRAY_INDEX = /^(?:0|[1-9]\d{0,8})$/;

/**
 * Applies the operators in order. Each sees what those before it did.
 *
 * Fails with `BAD_USER_INPUT` if one does not fit the document; `path` is the operator's place in
 * the request.
 */
export function applyOperations(current: Document, operations: readonly Operation[]): Document {
  const workspace = createWorkspace();
  return operations.reduce<Document>((document, operation) => {
    const next = updateAt(document, operation, 0, workspace);
    return isPlainObject(next) ? next : document;
  }, current);
}

function updateAt(
  value: unknown,
  operation: Operation,
  depth: number,
  workspace: Workspace,
): unknown {
  const token = operation.tokens[depth];
  if (token === undefined) {
    const after = applyOperator(value, operation, workspace);
    return operation.place === undefined ? after : keepWithin(value, after, operation.place);
  }
  if (Array.isArray(value)) return updateElement(value, token, operation, depth, workspace);
  if (isPlainObject(value)) return updateMember(value, token, operation, depth, workspace);
  if (onlyRemoves(operation)) return value;
  if (value === ABSENT) return updateMember({}, token, operation, depth, workspace);
  throw badInput('"path" leads through a value that is no object or array', operation.location);
}

function updateMember(
  object: Document,
  token: string,
  operation: Operation,
  depth: number,
  workspace: Workspace,
): Document {
  const before = Object.hasOwn(object, token) ? object[token] : ABSENT;
  const after = updateAt(before, operation, depth + 1, workspace);
  if (after === before) return object;
  const next = workspace.isOwn(object) ? object : { ...object };
  workspace.own(next);
  if (after === ABSENT) delete next[token];
  else setOwn(next, token, after);
  return next;
}

function updateElement(
  array: unknown[],
  token: string,
  operation: Operation,
  depth: number,
  workspace: Workspace,
): unknown[] {
  // "-" is the element after the last (RFC 6901 section 4).
  const index = token === '-' ? array.length : parseIndex(token, operation);
  const before = index < array.length ? array[index] : ABSENT;
  if (before === ABSENT && onlyRemoves(operation)) return array;
  if (index > array.length) {
    throw badInput('"path" has an index beyond the end of an array', operation.location);
  }
  const after = updateAt(before, operation, depth + 1, workspace);
  // Also where the item is the same object as before, changed in place.
  workspace.forgetKey(array, index);
  if (after === before) return array;
  const next = workspace.isOwn(array) ? array : workspace.copy(array);
  next[index] = after === ABSENT ? null : after;
  return next;
}

function parseIndex(token: string, { location }: Operation): number {
  if (!ARRAY_INDEX.test(token)) throw badInput('"path" has a name where an array is', location);
  return Number(token);
}

function onlyRemoves({ operator }: Operation): boolean {
  return operator === 'unset' || operator === 'pull';
}

function applyOperator(value: unknown, operation: Operation, workspace: Workspace): unknown {
  const { operator, operand } = operation;
  switch (operator) {
    case 'set':
      return operand;
    case 'unset':
      return ABSENT;
    case 'increment':
      return increment(value, operation);
    case 'append':
      return append(arrayAt(value, operation), operand, workspace);
    case 'addToSet': {
      const array = arrayAt(value, operation);
      const isThere = workspace.keysOf(array).includes(equalityKey(operand));
      return isThere ? value : append(array, operand, workspace);
    }
    case 'pull':
      if (value === ABSENT) return value;
      return workspace.without(arrayAt(value, operation), equalityKey(operand));
  }
}

function increment(value: unknown, { operand, location }: Operation): unknown {
  if (value === ABSENT) return operand;
  if (!isNumeric(value) || !isNumeric(operand))
    throw badInput('"path" leads to no number', location);
  const sum = addNumbers(value, operand);
  if (sum === null) throw badInput('The sum is out of range', location);
  return sum;
}

function arrayAt(value: unknown, { location }: Operation): unknown[] {
  if (value === ABSENT) return [];
  if (!Array.isArray(value)) throw badInput('"path" leads to no array', location);
  return value;
}

function append(array: unknown[], item: unknown, workspace: Workspace): unknown[] {
  const next = workspace.isOwn(array) ? array : workspace.copy(array);
  next.push(item);
  return next;
}
