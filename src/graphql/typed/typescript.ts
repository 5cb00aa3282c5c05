/** The generated types as TypeScript, for the code of clients. */
import type { FieldNode } from '../../custom-data/schema/field-tree.ts';
import { docComment, printUnion } from '../../custom-data/schema/print-types.ts';
import {
  createTypedModel,
  type NamedType,
  type TypedObject,
  type TypeReference,
} from './typed-model.ts';

const TYPES_OF_SCALARS: Readonly<Record<string, string>> = {
  Boolean: 'boolean',
  Float: 'number',
  Int: 'number',
  JSON: 'unknown',
};

/** Every scalar but these travels as a string. */
const STRING_SCALARS: ReadonlySet<string> = new Set([
  ...['Binary', 'DateTime', 'Decimal128', 'Long', 'ObjectId', 'String', 'UUID'],
]);

/** The types of `User.customUserData` and `writeTypedCustomUserData` as a TypeScript module. */
export function printTypeScript(root: FieldNode): string {
  const { objects, inputs, enums } = createTypedModel(root);
  const types = [
    ...objects.map((object) => printInterface(object, 'output')),
    ...inputs.map((input) => printInterface(input, 'input')),
    ...enums.map(({ name, node, values }) => {
      return `${comment(node.description, '')}export type ${name} = ${printUnion(values)};\n`;
    }),
  ];
  const head = '// Made by `custom-user-data schema types`. Do not edit.\n';
  return [head, ...types].join('\n');
}

function printInterface({ name, node, fields }: TypedObject, side: 'input' | 'output'): string {
  const members = fields.map((field) => {
    const mark = side === 'input' ? '?' : '';
    const doc = comment(field.node.description, '  ');
    return `${doc}  readonly ${field.name}${mark}: ${printType(field.type)};\n`;
  });
  return `${comment(node.description, '')}export interface ${name} {\n${members.join('')}}\n`;
}

function printType(type: TypeReference): string {
  const inner = type.kind === 'list' ? `readonly ${printItem(type.items)}[]` : printNamed(type);
  return type.isNonNull || inner === 'unknown' ? inner : `${inner} | null`;
}

function printItem(type: TypeReference): string {
  const printed = printType(type);
  return /[ |]/.test(printed) ? `(${printed})` : printed;
}

function printNamed({ name, values }: NamedType): string {
  if (values !== undefined) return printUnion(values);
  return TYPES_OF_SCALARS[name] ?? (STRING_SCALARS.has(name) ? 'string' : name);
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? '' : docComment(text, indent);
}
