/** What a write would make of the field that holds the user id: nothing, a value that is not the user's, or who knows. */
import { isPlainObject } from '../../values/documents.ts';

/** The field, and which of its values are the user's own. */
export interface IdentityField {
  /** A name at the top of a document, without dots. */
  readonly field: string;
  readonly isOwn: (value: unknown) => boolean;
}

/** `nothing`: the id stays, goes, or is the user's own. `unknown`: that depends on more than the write says. */
export type Given =
  | { readonly type: 'nothing' }
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'unknown' };

const NOTHING: Given = { type: 'nothing' };
const UNKNOWN: Given = { type: 'unknown' };

/** Of a document that is inserted or takes another's place. */
export function givenByDocument(document: unknown, { field, isOwn }: IdentityField): Given {
  if (!(isPlainObject(document) && Object.hasOwn(document, field))) return NOTHING;
  return givenByValue(document[field], isOwn);
}

function givenByValue(value: unknown, isOwn: IdentityField['isOwn']): Given {
  if (isOwn(value)) return NOTHING;
  // A filter for null finds documents without the field as well.
  return value === null || value === undefined ? UNKNOWN : { type: 'value', value };
}

/** Of update operators, or of a pipeline. */
export function givenByUpdate(update: unknown, identity: IdentityField): Given {
  const parts = Array.isArray(update)
    ? update.map((stage) => givenByStage(stage, identity))
    : Object.entries(isPlainObject(update) ? update : {}).map(([operator, fields]) =>
        givenByOperator(operator, fields, identity),
      );
  const given = parts.filter(({ type }) => type !== 'nothing');
  if (given.length <= 1) return given[0] ?? NOTHING;
  return UNKNOWN;
}

/** Whether an upsert with this filter would insert a document with an id that is not the user's. */
export function givenByFilter(filter: unknown, identity: IdentityField): boolean {
  if (!isPlainObject(filter)) return false;
  return Object.entries(filter).some(([key, condition]) => {
    if (key === '$and' || key === '$or') {
      return Array.isArray(condition) && condition.some((each) => givenByFilter(each, identity));
    }
    if (key === identity.field) return givenByCondition(condition, identity);
    return isWithin(key, identity.field);
  });
}

/** Operators by which an upsert takes a value from its filter. */
const EQUALITY = new Set(['$eq', '$in', '$all']);

function givenByCondition(condition: unknown, { isOwn }: IdentityField): boolean {
  const isOperators =
    isPlainObject(condition) && Object.keys(condition).some((key) => key.startsWith('$'));
  if (!isOperators) return !isOwn(condition);
  return Object.entries(condition).some(([operator, operand]) => {
    if (!EQUALITY.has(operator)) return false;
    const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    return !values.every(isOwn);
  });
}

function givenByOperator(
  operator: string,
  fields: unknown,
  { field, isOwn }: IdentityField,
): Given {
  if (!isPlainObject(fields) || operator === '$unset') return NOTHING;
  if (operator === '$rename') {
    const isTarget = Object.values(fields).some((to) => isAt(String(to), field));
    return isTarget ? UNKNOWN : NOTHING;
  }
  const paths = Object.keys(fields).filter((path) => isAt(path, field));
  if (paths.length === 0) return NOTHING;
  const isSet = operator === '$set' || operator === '$setOnInsert';
  if (!(isSet && paths.length === 1 && paths[0] === field)) return UNKNOWN;
  return givenByValue(fields[field], isOwn);
}

/** Stages of a pipeline that keep what they do not name. */
const KEEPING = new Set(['$set', '$addFields']);

function givenByStage(stage: unknown, identity: IdentityField): Given {
  const entries = Object.entries(isPlainObject(stage) ? stage : {});
  return entries.every(([name, spec]) => keepsId(name, spec, identity)) ? NOTHING : UNKNOWN;
}

function keepsId(name: string, spec: unknown, { field, isOwn }: IdentityField): boolean {
  if (name === '$unset') return true;
  if (!(KEEPING.has(name) && isPlainObject(spec))) return false;
  return Object.entries(spec).every(
    ([path, value]) => !isAt(path, field) || (path === field && isOwn(literalOf(value))),
  );
}

/** A constant of an expression. */
function literalOf(value: unknown): unknown {
  return isPlainObject(value) && Object.hasOwn(value, '$literal') ? value.$literal : value;
}

/** Whether a path is that of the field, or of something within it. */
function isAt(path: string, field: string): boolean {
  return path === field || isWithin(path, field);
}

function isWithin(path: string, field: string): boolean {
  return path.startsWith(`${field}.`);
}
