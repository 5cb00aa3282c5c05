/** MongoDB's projections: which fields of a document an answer has. BSON types are kept. */
import { type Document, isPlainObject, setOwn } from '../../values/documents.ts';
import { isNumeric, toDouble } from '../../values/numbers.ts';
import type { Filter } from '../port.ts';
import { compileCondition, hasOperators, type QueryOperators } from './conditions.ts';
import { createPositionFinder } from './position.ts';
import { itemTest, QUERY_OPERATORS } from './query-operators.ts';

/** What projections may use beside the fields they name. */
export interface ProjectionOptions {
  /** The filter that found the document, for "$" at the end of a path. */
  readonly filter?: Filter;
  readonly operators?: QueryOperators;
  /** Evaluates an aggregation expression on a document; computed fields are refused without it. */
  readonly evaluate?: (document: Document, expression: unknown) => unknown;
}

/** Makes what is shown of a value; `undefined`: nothing. */
type Transform = (value: unknown, document: Document) => unknown;
type Rule = 'include' | 'exclude' | Transform;
type Tree = Map<string, Rule | Tree>;

/** One field of a projection. */
interface Field {
  readonly path: string;
  readonly rule: Rule;
  /** Whether only named fields are shown then; `undefined` if the rule goes with both. */
  readonly isInclusion: boolean | undefined;
  readonly isComputed?: true;
}

/**
 * Compiles a projection: inclusion or exclusion, `$slice`, `$elemMatch`, "$" and, with `evaluate`,
 * computed fields. `_id` is shown unless it is excluded.
 *
 * @throws Error if it is malformed, mixes inclusion and exclusion or names a field twice.
 */
export function compileProjection(
  projection: Document,
  options: ProjectionOptions = {},
): (document: Document) => Document {
  const { _id: id, ...others } = projection;
  const fields = parseFields(others, options, '');
  const kinds = new Set(fields.flatMap(({ isInclusion }) => isInclusion ?? []));
  if (kinds.size > 1) throw new Error('A projection cannot mix inclusion and exclusion');
  const [kind] = kinds;
  const showsId = id === undefined || isTruthy(id);
  const isInclusion = kind ?? (id !== undefined && showsId && fields.length === 0);
  const tree = buildTree(fields.filter(({ isComputed }) => isComputed === undefined));
  if (isInclusion && showsId) tree.set('_id', 'include');
  if (!isInclusion && !showsId) tree.set('_id', 'exclude');
  const computed = fields.filter(({ isComputed }) => isComputed === true);
  return (document) => {
    const shown = showDocument(document, tree, isInclusion, document);
    for (const { path, rule } of computed) {
      const value = typeof rule === 'function' ? rule(undefined, document) : undefined;
      if (value !== undefined) putAt(shown, path.split('.'), value);
    }
    return shown;
  };
}

function parseFields(fields: Document, options: ProjectionOptions, prefix: string): Field[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (path.split('.').includes('')) throw new Error(`The path "${path}" is malformed`);
    return isPlainObject(value) && !hasOperators(value)
      ? parseFields(value, options, `${path}.`)
      : [parseField(path, value, options)];
  });
}

function parseField(path: string, value: unknown, options: ProjectionOptions): Field {
  if (path.endsWith('.$')) return positionField(path.slice(0, -2), options);
  if (typeof value === 'boolean' || isNumeric(value)) {
    const isInclusion = isTruthy(value);
    return { path, rule: isInclusion ? 'include' : 'exclude', isInclusion };
  }
  if (hasOperators(value)) {
    const { $slice, $elemMatch } = value;
    if ($elemMatch !== undefined) return matchField(path, $elemMatch, options);
    const slice = $slice === undefined ? undefined : parseSlice($slice);
    if (slice !== undefined) return { path, rule: slice, isInclusion: undefined };
  }
  const { evaluate } = options;
  if (evaluate === undefined) {
    throw new Error(`The projection of "${path}" is not supported`);
  }
  const rule: Transform = (_value, document) => evaluate(document, value);
  return { path, rule, isInclusion: true, isComputed: true };
}

function positionField(path: string, { filter = {}, operators }: ProjectionOptions): Field {
  const find = createPositionFinder(filter, path, operators);
  const rule: Transform = (value, document) => {
    const place = find(document);
    return Array.isArray(value) && place !== undefined ? [value[place]] : value;
  };
  return { path, rule, isInclusion: true };
}

function matchField(
  path: string,
  criteria: unknown,
  { operators = QUERY_OPERATORS }: ProjectionOptions,
): Field {
  const test = itemTest(criteria, (inner) => compileCondition(inner, operators));
  const rule: Transform = (value) => {
    const place = Array.isArray(value) ? value.findIndex(test) : -1;
    return Array.isArray(value) && place !== -1 ? [value[place]] : undefined;
  };
  return { path, rule, isInclusion: true };
}

function parseSlice(argument: unknown): Transform | undefined {
  const numbers = (Array.isArray(argument) ? argument : [argument]).map((n) =>
    isNumeric(n) ? toDouble(n) : Number.NaN,
  );
  if (numbers.length > 2 || !numbers.every(Number.isInteger)) return undefined;
  const [first = 0, count] = numbers;
  if (count !== undefined && count <= 0) throw new Error('"$slice" takes a positive limit');
  return (value) => {
    if (!Array.isArray(value)) return value;
    if (count === undefined) return first < 0 ? value.slice(first) : value.slice(0, first);
    const start = first < 0 ? Math.max(value.length + first, 0) : first;
    return value.slice(start, start + count);
  };
}

function buildTree(fields: readonly Field[]): Tree {
  const root: Tree = new Map();
  for (const { path, rule } of fields) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let tree = root;
    for (const name of names) {
      const next = tree.get(name) ?? new Map();
      if (!(next instanceof Map)) throw collision(path);
      tree.set(name, next);
      tree = next;
    }
    if (tree.has(last)) throw collision(path);
    tree.set(last, rule);
  }
  return root;
}

function collision(path: string): Error {
  return new Error(`The projection names the field "${path}" twice`);
}

function showDocument(
  document: Document,
  tree: Tree,
  isInclusion: boolean,
  whole: Document,
): Document {
  const entries = Object.keys(document).flatMap((name) => {
    const rule = tree.get(name);
    if (rule === undefined) return isInclusion ? [] : [[name, document[name]] as const];
    const value = showValue(document[name], rule, isInclusion, whole);
    return value === undefined ? [] : [[name, value] as const];
  });
  // Makes a property of a field named "__proto__" too.
  return Object.fromEntries(entries);
}

function showValue(
  value: unknown,
  rule: Rule | Tree,
  isInclusion: boolean,
  whole: Document,
): unknown {
  if (rule === 'include') return value;
  if (rule === 'exclude') return undefined;
  if (typeof rule === 'function') return rule(value, whole);
  if (isPlainObject(value)) return showDocument(value, rule, isInclusion, whole);
  if (!Array.isArray(value)) return isInclusion ? undefined : value;
  return value
    .map((item) => showValue(item, rule, isInclusion, whole))
    .filter((item) => item !== undefined);
}

function putAt(document: Document, names: readonly string[], value: unknown): void {
  const [name = '', ...rest] = names;
  const current = Object.hasOwn(document, name) ? document[name] : undefined;
  const inner = isPlainObject(current) ? { ...current } : {};
  if (rest.length > 0) putAt(inner, rest, value);
  setOwn(document, name, rest.length > 0 ? inner : value);
}

function isTruthy(value: unknown): boolean {
  return isNumeric(value) ? toDouble(value) !== 0 : value !== false && value !== null;
}
