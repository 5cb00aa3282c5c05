/** JSON Schema 2020-12 validation. The only file that imports the validator's library. */

import type { ErrorObject, FuncKeywordDefinition } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Violation } from '../../errors.ts';
import { compilePattern } from '../../linear-pattern.ts';
import { appendPointer, type JsonValue, jsonKey } from '../../values/json.ts';
import type { SchemaProblem } from './keywords.ts';

/** What is wrong with a JSON value; no value of it is quoted. */
export type Validator = (value: unknown) => Violation[];

/** A validator, or why there is none. */
export type ValidatorResult =
  | { readonly type: 'ok'; readonly validate: Validator }
  | { readonly type: 'error'; readonly problems: readonly SchemaProblem[] };

/** Parameters that name the member which an error is about, beside the object that it is in. */
const MEMBER_PARAMETERS = [
  'missingProperty',
  'additionalProperty',
  'unevaluatedProperty',
  'propertyName',
] as const;

/** Whether a schema may use the format. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(fullFormats, format);
}

/** Formats whose expressions take a multiple of the length, and the longest text that may have one. */
const LONG_FORMATS = ['uri', 'uri-reference', 'uri-template', 'url'] as const;
const MAX_FORMAT_LENGTH = 4096;

/** Ajv would print it into stand-alone code, which is not made here. */
const REG_EXP = Object.assign((pattern: string) => compilePattern(pattern), {
  code: 'compilePattern',
});

/**
 * `uniqueItems` (JSON Schema Validation 2020-12, section 6.4.3) in time that grows with the array: Ajv compares
 * each item with each.
 */
const UNIQUE_ITEMS: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  validate: (isUnique: boolean, items: readonly JsonValue[]) =>
    !isUnique || new Set(items.map(jsonKey)).size === items.length,
  error: { message: 'must NOT have duplicate items' },
};

function limitFormat(ajv: Ajv2020, name: (typeof LONG_FORMATS)[number]): void {
  const format = fullFormats[name];
  const matches = (text: string) =>
    format instanceof RegExp ? format.test(text) : (format as (text: string) => boolean)(text);
  ajv.addFormat(name, (text: string) => text.length <= MAX_FORMAT_LENGTH && matches(text));
}

/** Compiles a schema. `format` is asserted, which the specification leaves to implementations. */
export function compileValidator(schema: object): ValidatorResult {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    // Conditions name fields whose types are given elsewhere.
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    allowMatchingProperties: true,
    validateFormats: true,
    // What every JavaScript object inherits, such as `toString`, is no member of a document.
    ownProperties: true,
    // The library would write to the console.
    logger: false,
    code: { regExp: REG_EXP },
  });
  addFormats.default(ajv);
  for (const name of LONG_FORMATS) limitFormat(ajv, name);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword(UNIQUE_ITEMS);
  ajv.addVocabulary(['x-token', 'x-bson', 'x-graphql-name']);
  try {
    if (ajv.validateSchema(schema) !== true) {
      return { type: 'error', problems: uniqueViolations(ajv.errors ?? []) };
    }
    const validate = ajv.compile(schema);
    return {
      type: 'ok',
      validate: (value) => (validate(value) ? [] : uniqueViolations(validate.errors ?? [])),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: 'error', problems: [{ path: '', message: error.message }] };
  }
}

function uniqueViolations(errors: readonly ErrorObject[]): Violation[] {
  const unique = new Map<string, Violation>();
  for (const error of errors) {
    const violation = toViolation(error);
    unique.set(JSON.stringify(violation), violation);
  }
  return [...unique.values()];
}

/** Points at the member that is missing or too much: it may be one that the user must not hear of. */
function toViolation({ instancePath, params, message }: ErrorObject): Violation {
  const parameters = params as Readonly<Record<string, unknown>>;
  const member = MEMBER_PARAMETERS.map((name) => parameters[name]).find(
    (name) => typeof name === 'string',
  );
  return {
    path: typeof member === 'string' ? appendPointer(instancePath, member) : instancePath,
    message: message ?? 'does not fit the schema',
  };
}
