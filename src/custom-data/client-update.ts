/** Updates that clients send, as operations of ours, so that one policy holds for every write. */

import { badInput } from '../errors.ts';
import { hasOperators } from '../store/query/conditions.ts';
import { type Document, isPlainObject, setOwn } from '../values/documents.ts';
import { appendPointer, type JsonValue } from '../values/json.ts';
import { formatExtendedJson } from './extended-json-format.ts';
import type { CustomDataOperation } from './operations.ts';
import type { WriteChange } from './write.ts';
import { identityFields, isUnchangedIdentity, type WritePolicy } from './write-policy.ts';

/** Whose document is changed. */
export type Identity = Pick<WritePolicy, 'userId' | 'userIdField'>;

/** One field and what happens to it. */
interface Step {
  readonly operator: string;
  readonly path: string;
  readonly operations: readonly ClientOperation[];
}

/** An operation with the names on the way to its field, and its value as it was sent. */
interface ClientOperation {
  readonly kind: keyof CustomDataOperation;
  readonly names: readonly string[];
  readonly value: unknown;
}

type Parse = (value: unknown, names: readonly string[], operator: string) => ClientOperation[];

const one =
  (kind: ClientOperation['kind']): Parse =>
  (value, names) => [{ kind, names, value }];

const each =
  (kind: ClientOperation['kind']): Parse =>
  (argument, names, operator) => {
    if (!hasOperators(argument)) return [{ kind, names, value: argument }];
    const { $each, ...modifiers } = argument;
    if (!Array.isArray($each) || Object.keys(modifiers).length > 0) {
      throw badInput(`"${operator}" takes a value or "$each" alone`, '/update');
    }
    return $each.map((value) => ({ kind, names, value }));
  };

const OPERATORS: Readonly<Record<string, Parse>> = {
  $set: one('set'),
  $setOnInsert: one('set'),
  $unset: one('unset'),
  $inc: one('increment'),
  $push: each('append'),
  $addToSet: each('addToSet'),
  $pull: (value, names) => {
    // MongoDB takes a document for a condition on the items, which is another thing than a value.
    if (isPlainObject(value)) throw badInput('"$pull" takes a value, not a condition', '/update');
    return [{ kind: 'pull', names, value }];
  },
};

/**
 * Parses the update of a client.
 *
 * Fails with `BAD_USER_INPUT` for anything but supported operators on fields that are named once each.
 */
export function parseClientUpdate(update: unknown) {
  if (!isPlainObject(update) || Object.keys(update).length === 0) {
    throw badInput('"update" must be a document of update operators', '/update');
  }
  const steps = Object.entries(update).flatMap(([operator, fields]) => {
    const parse = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (parse === undefined) {
      // In the words of MongoDB, which App Services passed on and clients look for.
      const problem = `Unknown modifier: ${operator}`;
      throw badInput(`${problem}, clients' updates support no such operator`, '/update');
    }
    if (!isPlainObject(fields)) throw badInput(`"${operator}" takes a document`, '/update');
    return Object.entries(fields).map(([path, value]): Step => {
      return { operator, path, operations: parse(value, parsePath(path), operator) };
    });
  });
  assertNoConflicts(steps);
  return {
    /** The change of the caller's document; `null` if there is nothing to do. */
    toChange(current: Document, identity: Identity): WriteChange | null {
      const changing = steps.filter(({ operator }) => operator !== '$setOnInsert');
      const operations = changing.flatMap((step) => step.operations);
      const left = operations.filter((operation) => !repeatsIdentity(operation, current, identity));
      return left.length === 0 ? null : toWriteChange(left);
    },
    /** The change that makes the caller's document, out of the equalities of a query and the update. */
    toInsertion(
      equalities: readonly (readonly [path: string, value: unknown])[],
      identity: Identity,
    ): WriteChange {
      const operations = [
        ...equalities.flatMap(([path, value]) => one('set')(value, parsePath(path), '$set')),
        ...steps.flatMap((step) => step.operations),
      ];
      return toWriteChange(
        operations.filter((operation) => !repeatsIdentity(operation, null, identity)),
      );
    },
  };
}

/** The change that makes the caller's document what a client sent. Fails with `BAD_USER_INPUT`. */
export function toReplacement(document: unknown, name: string): WriteChange {
  if (!isPlainObject(document)) throw badInput(`"${name}" must be a document`, `/${name}`);
  return { newCustomUserData: toJson(document), mode: 'REPLACE' };
}

function parsePath(path: string): string[] {
  const names = path.split('.');
  const isMalformed = names.includes('') || names.some((name) => name.startsWith('$'));
  // To a JSON Pointer, "-" is the place after the last item of an array.
  if (isMalformed || names.indexOf('-') > 0) {
    throw badInput(`The path "${path}" is not supported in updates of clients`, '/update');
  }
  return names;
}

function assertNoConflicts(steps: readonly Step[]): void {
  // A separator that sorts before every character, so that the parts of a field follow it.
  const paths = steps.map(({ path }) => `${path.replaceAll('.', '\0')}\0`).sort();
  const clash = paths.find((path, index) => paths[index + 1]?.startsWith(path));
  if (clash === undefined) return;
  const path = clash.slice(0, -1).replaceAll('\0', '.');
  throw badInput(`The update names the field "${path}" twice`, '/update');
}

/** Clients send the whole document back, identity included: unchanged, it is nothing to write. */
function repeatsIdentity(
  { kind, names, value }: ClientOperation,
  current: Document | null,
  identity: Identity,
): boolean {
  const [field = '', ...inner] = names;
  if (kind !== 'set' || inner.length > 0 || !identityFields(identity).includes(field)) return false;
  return isUnchangedIdentity(field, value, current, identity);
}

/** Top-level fields set, and no more, are the write that the gateway knows without any limit. */
function toWriteChange(operations: readonly ClientOperation[]): WriteChange {
  const isMerge = operations.every(({ kind, names }) => kind === 'set' && names.length === 1);
  if (!isMerge) return { operations: operations.map(toOperation) };
  const newCustomUserData: Record<string, JsonValue> = {};
  for (const { names, value } of operations) {
    setOwn(newCustomUserData, names[0] ?? '', toJson(value));
  }
  return { newCustomUserData, mode: 'MERGE' };
}

function toOperation({ kind, names, value }: ClientOperation): CustomDataOperation {
  const path = names.reduce<string>(appendPointer, '');
  if (kind === 'unset') return { unset: { path } };
  if (kind === 'increment') return { increment: { path, by: toJson(value) } };
  return { [kind]: { path, value: toJson(value) } };
}

/** The form that the write policy takes, with every BSON type kept. */
function toJson(value: unknown): JsonValue {
  return formatExtendedJson(value, 'canonical');
}
