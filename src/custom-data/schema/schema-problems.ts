/** Everything that is wrong with a schema file, found without compiling it. */

import { compilePattern, PatternError } from '../../linear-pattern.ts';
import { isPlainObject } from '../../values/documents.ts';
import { appendPointer } from '../../values/json.ts';
import {
  isKnownKeyword,
  POLICY_KEYWORDS,
  resolveLocalRef,
  type SchemaObject,
  type SchemaProblem,
  subschemas,
} from './keywords.ts';
import { isKnownFormat } from './validator.ts';

/** Keywords through which the tree of fields reaches a schema. */
const STRUCTURE: ReadonlySet<string> = new Set(['properties', 'items', '$defs']);

/**
 * Finds unknown keywords and formats, references that lead nowhere, patterns that are no regular
 * expressions, and policies in places where no field can have one.
 */
export function findKeywordProblems(root: SchemaObject): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const report = (path: string, message: string) => problems.push({ path, message });

  function visit(schema: unknown, place: Place): void {
    if (!isPlainObject(schema)) return;
    const { path, isField, followed } = place;
    checkKeywords(schema, place, report);
    checkValues(root, schema, path, report);
    if (!isField && !followed.includes(schema.$ref)) {
      const target = resolveLocalRef(root, schema.$ref);
      visit(target, { path, isField, followed: [...followed, schema.$ref] });
    }
    for (const { keyword, schema: subschema, path: at } of subschemas(schema, path)) {
      visit(subschema, { path: at, isField: isField && STRUCTURE.has(keyword), followed });
    }
  }

  visit(root, { path: '', isField: true, followed: [] });
  return problems;
}

type Report = (path: string, message: string) => void;

/** Where a schema is met. */
interface Place {
  readonly path: string;
  /** Whether the tree of fields reaches the schema. */
  readonly isField: boolean;
  /** `$ref`s that led here. */
  readonly followed: readonly unknown[];
}

function checkKeywords(schema: SchemaObject, { path, isField }: Place, report: Report): void {
  for (const keyword of Object.keys(schema)) {
    const at = appendPointer(path, keyword);
    if (!isKnownKeyword(keyword)) {
      report(at, `"${keyword}" is not a keyword that is supported`);
    } else if (!isField && POLICY_KEYWORDS.some((name) => name === keyword)) {
      report(at, `"${keyword}" belongs to a field, not into a condition`);
    }
  }
}

function checkValues(root: SchemaObject, schema: SchemaObject, path: string, report: Report): void {
  const { $ref, $id, format, pattern, patternProperties } = schema;
  if ($ref !== undefined && resolveLocalRef(root, $ref) === undefined) {
    report(appendPointer(path, '$ref'), '"$ref" must lead to a schema in this file');
  }
  if ($id !== undefined && path !== '') {
    report(appendPointer(path, '$id'), '"$id" is supported at the top only');
  }
  if (typeof format === 'string' && !isKnownFormat(format)) {
    report(appendPointer(path, 'format'), `"${format}" is not a format that is supported`);
  }
  if (schema['x-token'] !== undefined && typeof schema['x-token'] !== 'boolean') {
    report(appendPointer(path, 'x-token'), '"x-token" must be true or false');
  }
  const patterns = isPlainObject(patternProperties) ? Object.keys(patternProperties) : [];
  for (const source of [...(typeof pattern === 'string' ? [pattern] : []), ...patterns]) {
    const problem = findPatternProblem(source);
    if (problem !== null) report(path, problem);
  }
}

function findPatternProblem(source: string): string | null {
  try {
    compilePattern(source);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
