/** The public JSON Schema Test Suite: the folder named by `JSON_SCHEMA_TEST_SUITE_DIR`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { isPlainObject } from '../../src/values/documents.ts';

const directory = process.env.JSON_SCHEMA_TEST_SUITE_DIR ?? '';

/** `describe`, reported as skipped where there is no suite. */
export const describeWithSuite = directory === '' ? describe.skip : describe;

/** One value, and whether it is valid. */
export interface SuiteCase {
  readonly description: string;
  readonly data: unknown;
  readonly valid: boolean;
}

/** One schema of the suite and the values that it is tried on. */
export interface SuiteGroup {
  /** Path of the file without `.json`: a keyword, as a rule. */
  readonly file: string;
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly SuiteCase[];
}

/** The groups of draft 2020-12 in a folder of it; none where there is no suite. */
export function readSuite(folder: '.' | 'optional/format'): SuiteGroup[] {
  if (directory === '') return [];
  const path = join(directory, 'tests', 'draft2020-12', folder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const groups = JSON.parse(readFileSync(join(path, name), 'utf8')) as SuiteGroup[];
      const file = join(folder, name.slice(0, -'.json'.length));
      return groups.map((group) => ({ ...group, file }));
    });
}

const PLACE = '/allOf/0/properties/value';

/**
 * A schema of documents whose member `value` must fit the schema of a group.
 *
 * What describes fields may hold less than what constrains them (`properties` needs a `type` there), so
 * the schema goes where constraints go. What may be at the top only goes to the top.
 */
export function toDocumentSchema(schema: unknown): object {
  const { $schema, $id, ...constraint } = isPlainObject(schema) ? schema : {};
  return {
    ...($schema === undefined ? {} : { $schema }),
    ...($id === undefined ? {} : { $id }),
    type: 'object',
    allOf: [{ properties: { value: typeof schema === 'boolean' ? schema : moveRefs(constraint) } }],
  };
}

/** References within the schema, after it has moved to `PLACE`. */
function moveRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveRefs);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, moveRef(name, member)]),
  );
}

function moveRef(name: string, member: unknown): unknown {
  // Values, in which a `$ref` is a member like any other.
  if (name === 'enum' || name === 'const') return member;
  const isPointer = name === '$ref' && typeof member === 'string' && /^#(?:\/|$)/.test(member);
  return isPointer ? `#${PLACE}${member.slice(1)}` : moveRefs(member);
}
