/** The keywords of a schema file, and the way through the schemas within a schema. */

import { isPlainObject } from '../../values/documents.ts';
import { appendPointer, splitPointer, valueAt } from '../../values/json.ts';

/** A JSON Schema that is an object. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** What is wrong with a schema file, and where: a JSON Pointer into it. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/** What each keyword that holds schemas (JSON Schema 2020-12 Core, section 10) holds them in. */
const APPLICATORS: ReadonlyMap<string, 'one' | 'list' | 'map'> = new Map([
  ['additionalProperties', 'one'],
  ['contains', 'one'],
  ['else', 'one'],
  ['if', 'one'],
  ['items', 'one'],
  ['not', 'one'],
  ['propertyNames', 'one'],
  ['then', 'one'],
  ['unevaluatedItems', 'one'],
  ['unevaluatedProperties', 'one'],
  ['allOf', 'list'],
  ['anyOf', 'list'],
  ['oneOf', 'list'],
  ['prefixItems', 'list'],
  ['$defs', 'map'],
  ['dependentSchemas', 'map'],
  ['patternProperties', 'map'],
  ['properties', 'map'],
]);

/** Keywords that say what users may do with a value or how it is called: not constraints. */
export const POLICY_KEYWORDS = [
  'readOnly',
  'writeOnly',
  'x-token',
  'x-bson',
  'x-graphql-name',
] as const;

const PLAIN_KEYWORDS: ReadonlySet<string> = new Set([
  ...['$comment', '$id', '$ref', '$schema'],
  ...['const', 'enum', 'type', 'format', 'pattern', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minContains', 'maxContains'],
  ...['minProperties', 'maxProperties', 'required', 'dependentRequired'],
  ...['title', 'description', 'default', 'deprecated', 'examples'],
  ...POLICY_KEYWORDS,
]);

/** Keywords that may stand beside `$ref`: those that neither constrain nor structure. */
export const REF_SIBLINGS: ReadonlySet<string> = new Set([
  ...['$ref', '$comment', 'title', 'description', 'default', 'deprecated', 'examples'],
  ...POLICY_KEYWORDS,
]);

/** Whether a schema file may use the keyword. */
export function isKnownKeyword(keyword: string): boolean {
  return APPLICATORS.has(keyword) || PLAIN_KEYWORDS.has(keyword);
}

/** Every schema directly within `schema`, with the keyword that holds it. */
export function* subschemas(
  schema: SchemaObject,
  path: string,
): Generator<{ readonly keyword: string; readonly schema: unknown; readonly path: string }> {
  for (const keyword of Object.keys(schema)) {
    const holder = APPLICATORS.get(keyword);
    const held = schema[keyword];
    const at = appendPointer(path, keyword);
    if (holder === 'one') yield { keyword, schema: held, path: at };
    const isHeld = holder === 'list' ? Array.isArray(held) : holder === 'map';
    if (!isHeld || typeof held !== 'object' || held === null) continue;
    for (const [name, subschema] of Object.entries(held)) {
      yield { keyword, schema: subschema, path: appendPointer(at, name) };
    }
  }
}

/** The schema that a local `$ref` such as `#/$defs/color` names; `undefined` if there is none. */
export function resolveLocalRef(root: SchemaObject, ref: unknown): SchemaObject | undefined {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  const tokens = splitPointer(decodeFragment(ref.slice(1)));
  const target = tokens === null ? undefined : valueAt(root, tokens);
  return isPlainObject(target) ? target : undefined;
}

/** A fragment is percent-encoded (RFC 6901 section 6); a broken one names nothing. */
function decodeFragment(fragment: string): string {
  return /%(?![0-9a-fA-F]{2})/.test(fragment) ? '#' : decodeURIComponent(fragment);
}

/** Keywords whose schemas are about the same value as the schema that holds them. */
const CONDITIONS: ReadonlySet<string> = new Set([
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'],
]);

/** The names of members that conditions on an object look at. */
export function namesInConditions(schema: SchemaObject): ReadonlySet<string> {
  return new Set([...namesInDependencies(schema), ...conditionsOf(schema).flatMap(namesIn)]);
}

function conditionsOf(schema: SchemaObject): SchemaObject[] {
  return [...subschemas(schema, '')]
    .filter(({ keyword }) => CONDITIONS.has(keyword))
    .map((condition) => condition.schema)
    .filter(isPlainObject);
}

function namesIn(condition: SchemaObject): string[] {
  return [
    ...namesInDependencies(condition),
    ...Object.keys(objectOr(condition.properties)),
    ...listOr(condition.required),
    ...conditionsOf(condition).flatMap(namesIn),
  ];
}

function namesInDependencies({ dependentRequired, dependentSchemas }: SchemaObject): string[] {
  const lists = Object.entries(objectOr(dependentRequired));
  return [
    ...lists.flatMap(([name, list]) => [name, ...listOr(list)]),
    ...Object.keys(objectOr(dependentSchemas)),
  ];
}

function listOr(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** `value` if it is an object; a malformed schema is reported elsewhere. */
export function objectOr(value: unknown): SchemaObject {
  return isPlainObject(value) ? value : {};
}
