/** The document that a schema describes as TypeScript, for code that reads BSON values: functions. */
import { BSON_TYPES } from './bson-types.ts';
import type { FieldNode } from './field-tree.ts';
import { type DocumentView, printInterface, typesUsed } from './print-types.ts';

const BSON_CLASSES = ['Binary', 'Decimal128', 'Long', 'ObjectId', 'UUID'] as const;

const POLICIES = {
  writable: undefined,
  readOnly: 'Users may not write it.',
  writeOnly: 'Users may write it and do not see it.',
  hidden: 'Users neither see nor write it.',
} as const;

const VIEW: DocumentView = {
  modifier: '',
  sees: () => true,
  isOptional: ({ isRequired }) => !isRequired,
  isNullable: ({ isNullable }) => isNullable,
  typeOfBson: (name) => BSON_TYPES[name].inFunctions,
  // An int64 fits wherever a number does.
  typesOfJson: {
    ...{ any: 'unknown', boolean: 'boolean', string: 'string' },
    ...{ integer: 'number | Long', number: 'number | Long' },
  },
  describe: ({ access, description }) =>
    [description, POLICIES[access]].filter((text) => text !== undefined).join(' '),
};

/**
 * The whole document, hidden fields included, as a TypeScript module with the interface
 * `CustomUserDataDocument`. Values are as functions find them: BSON classes, plain numbers and dates.
 */
export function printDocumentTypes(root: FieldNode): string {
  const body = printInterface('CustomUserDataDocument', root, VIEW);
  const classes = typesUsed(body, BSON_CLASSES);
  const imports =
    classes.length === 0 ? '' : `import type { ${classes.join(', ')} } from 'bson';\n\n`;
  return `// Made by \`custom-user-data schema types --functions\`. Do not edit.\n${imports}${body}`;
}
