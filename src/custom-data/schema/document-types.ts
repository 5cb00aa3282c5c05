/** The document that a schema describes as TypeScript, for code that reads BSON values: functions. */
import { BSON_TYPES } from './bson-types.ts';
import type { FieldNode } from './field-tree.ts';

/** What a field holds if its schema names no BSON type. An int64 fits wherever a number does. */
const TYPES_OF_JSON: Readonly<Record<Exclude<FieldNode['type'], 'array' | 'object'>, string>> = {
  any: 'unknown',
  boolean: 'boolean',
  integer: 'number | Long',
  number: 'number | Long',
  string: 'string',
};

const BSON_CLASSES = ['Binary', 'Decimal128', 'Long', 'ObjectId', 'UUID'] as const;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * The whole document, hidden fields included, as a TypeScript module with the interface
 * `CustomUserDataDocument`. Values are as functions find them: BSON classes, plain numbers and dates.
 */
export function printDocumentTypes(root: FieldNode): string {
  const body = `${doc(root, '')}export interface CustomUserDataDocument ${printMembers(root, '')}\n`;
  const words = new Set(body.split(/\W/));
  const classes = BSON_CLASSES.filter((name) => words.has(name));
  const imports =
    classes.length === 0 ? '' : `import type { ${classes.join(', ')} } from 'bson';\n\n`;
  return `// Made by \`custom-user-data schema types --functions\`. Do not edit.\n${imports}${body}`;
}

function printMembers({ fields }: FieldNode, indent: string): string {
  const inner = `${indent}  `;
  const members = [...fields].map(([name, node]) => {
    const key = IDENTIFIER.test(name) ? name : JSON.stringify(name);
    return `${doc(node, inner)}${inner}${key}${node.isRequired ? '' : '?'}: ${printType(node, inner)};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function printType(node: FieldNode, indent: string): string {
  const type = printValue(node, indent);
  return node.isNullable && type !== 'unknown' ? `${type} | null` : type;
}

function printValue(node: FieldNode, indent: string): string {
  if (node.bsonType !== undefined) return BSON_TYPES[node.bsonType].inFunctions;
  if (node.enumValues !== undefined) {
    return node.enumValues.map((value) => JSON.stringify(value)).join(' | ');
  }
  switch (node.type) {
    case 'array':
      return `Array<${node.items === undefined ? 'unknown' : printType(node.items, indent)}>`;
    case 'object':
      return node.fields.size === 0 ? 'Record<string, unknown>' : printMembers(node, indent);
    default:
      return TYPES_OF_JSON[node.type];
  }
}

/** What the schema says of the field, and who may write it. */
function doc({ access, description }: FieldNode, indent: string): string {
  const policy = access === 'writable' ? undefined : POLICIES[access];
  const texts = [description, policy].filter((text) => text !== undefined);
  return texts.length === 0 ? '' : docComment(texts.join(' '), indent);
}

const POLICIES = {
  readOnly: 'Users may not write it.',
  writeOnly: 'Users may write it and do not see it.',
  hidden: 'Users neither see nor write it.',
} as const;

/** A comment of one line. A description must not end the comment that holds it. */
export function docComment(text: string, indent: string): string {
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  return `${indent}/** ${line.replaceAll('*/', '*\\/')} */\n`;
}
