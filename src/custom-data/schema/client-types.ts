/** The document that a schema describes as TypeScript, for the client package: as `customData` shows and takes it. */
import { BSON_TYPES } from './bson-types.ts';
import { type FieldNode, maySee, mayWrite } from './field-tree.ts';
import { type DocumentView, printInterface, typesUsed } from './print-types.ts';

/** The forms of Extended JSON v2, each the shape of one BSON type. */
const SHAPES = {
  ExtendedJsonBinary: '{ readonly $binary: { readonly base64: string; readonly subType: string } }',
  // Relaxed: ISO 8601 from 1970 to 9999, milliseconds otherwise.
  ExtendedJsonDate: '{ readonly $date: string | { readonly $numberLong: string } }',
  ExtendedJsonDecimal: '{ readonly $numberDecimal: string }',
  ExtendedJsonLong: '{ readonly $numberLong: string }',
  ExtendedJsonObjectId: '{ readonly $oid: string }',
  ExtendedJsonUuid: '{ readonly $uuid: string }',
} as const;

const TYPES_OF_JSON = {
  ...{ any: 'unknown', boolean: 'boolean', string: 'string' },
  ...{ integer: 'number', number: 'number' },
} as const;

/** What the snapshot in a token holds. */
const SHOWN: DocumentView = {
  modifier: 'readonly ',
  sees: ({ access, inToken }) => maySee(access) && inToken,
  // What users may not write may be missing, and an object of which tokens carry nothing is not shown.
  isOptional: ({ access, hasOutsideToken, isRequired }) =>
    !isRequired || access !== 'writable' || hasOutsideToken,
  isNullable: ({ isNullable }) => isNullable,
  typeOfBson: (name) => BSON_TYPES[name].inExtendedJson.shown,
  typesOfJson: TYPES_OF_JSON,
  describe: ({ access, description = '' }) =>
    access === 'readOnly' ? `${description} Users may not write it.`.trim() : description,
};

/** What a write may name. */
const WRITTEN: DocumentView = {
  modifier: 'readonly ',
  sees: ({ access }) => mayWrite(access),
  isOptional: () => true,
  // `DEEP_MERGE` removes by it; elsewhere the validator says what it thinks of it.
  isNullable: () => true,
  typeOfBson: (name) => BSON_TYPES[name].inExtendedJson.written,
  typesOfJson: TYPES_OF_JSON,
  describe: ({ description = '' }) => description,
};

/**
 * The snapshot in the token and what writes take, as relaxed Extended JSON: a TypeScript module with the interfaces
 * `CustomData` and `NewCustomUserData`, which are those of the package `custom-user-data-client` once it is imported.
 */
export function printClientTypes(root: FieldNode): string {
  const body = [
    printInterface('CustomData', root, SHOWN),
    printInterface('NewCustomUserData', root, WRITTEN),
    REGISTRATION,
  ].join('\n');
  const shapes = typesUsed(body, Object.keys(SHAPES) as (keyof typeof SHAPES)[]).map(
    (name) => `export type ${name} = ${SHAPES[name]};\n`,
  );
  return [
    '// Made by `custom-user-data schema types --client`. Do not edit.\n',
    ...(shapes.length === 0 ? [] : [`${shapes.join('')}\n`]),
    body,
  ].join('');
}

const REGISTRATION = `declare module 'custom-user-data-client' {
  interface Register {
    readonly customData: CustomData;
    readonly newCustomUserData: NewCustomUserData;
  }
}
`;
