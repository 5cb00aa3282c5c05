/** JSON Schema 2020-12 validation. The only file that imports the validator's library. */

import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Violation } from '../../errors.ts';
import { appendPointer } from '../json.ts';
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
  });
  addFormats.default(ajv);
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
