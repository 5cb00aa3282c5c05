/** The fields of a schema as TypeScript, for those who see documents in one way. */
import type { BsonTypeName } from './bson-types.ts';
import type { FieldNode } from './field-tree.ts';

type JsonType = Exclude<FieldNode['type'], 'array' | 'object'>;

/** How somebody sees documents. */
export interface DocumentView {
  /** Before the name of a member and the type of an array: `readonly `, or nothing. */
  readonly modifier: '' | 'readonly ';
  readonly sees: (node: FieldNode) => boolean;
  /** Whether an object that is seen may be without the member. */
  readonly isOptional: (node: FieldNode) => boolean;
  /** Whether the member can be `null`; elements can as the schema says. */
  readonly isNullable: (node: FieldNode) => boolean;
  readonly typeOfBson: (name: BsonTypeName) => string;
  readonly typesOfJson: Readonly<Record<JsonType, string>>;
  /** What the comment of a member says; empty: there is none. */
  readonly describe: (node: FieldNode) => string;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** The interface of the documents that `root` describes. */
export function printInterface(name: string, root: FieldNode, view: DocumentView): string {
  return `${comment(root, '', view)}export interface ${name} ${printMembers(root, '', view)}\n`;
}

function printMembers({ fields }: FieldNode, indent: string, view: DocumentView): string {
  const inner = `${indent}  `;
  const members = [...fields].filter(([, node]) => view.sees(node));
  const lines = members.map(([name, node]) => {
    const key = IDENTIFIER.test(name) ? name : JSON.stringify(name);
    const mark = view.isOptional(node) ? '?' : '';
    const type = orNull(printValue(node, inner, view), view.isNullable(node));
    return `${comment(node, inner, view)}${inner}${view.modifier}${key}${mark}: ${type};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function orNull(type: string, isNullable: boolean): string {
  return isNullable && type !== 'unknown' ? `${type} | null` : type;
}

function printValue(node: FieldNode, indent: string, view: DocumentView): string {
  const { bsonType, enumValues, items, type } = node;
  if (bsonType !== undefined) return view.typeOfBson(bsonType);
  if (enumValues !== undefined) return printUnion(enumValues);
  switch (type) {
    case 'array': {
      const name = view.modifier === '' ? 'Array' : 'ReadonlyArray';
      if (items === undefined) return `${name}<unknown>`;
      return `${name}<${orNull(printValue(items, indent, view), items.isNullable)}>`;
    }
    case 'object':
      if (node.fields.size > 0) return printMembers(node, indent, view);
      return view.modifier === '' ? 'Record<string, unknown>' : 'Readonly<Record<string, unknown>>';
    default:
      return view.typesOfJson[type];
  }
}

/** The texts as a union of literals. */
export function printUnion(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(' | ');
}

function comment(node: FieldNode, indent: string, view: DocumentView): string {
  const text = view.describe(node);
  return text === '' ? '' : docComment(text, indent);
}

/** A comment of one line. A description must not end the comment that holds it. */
export function docComment(text: string, indent: string): string {
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  return `${indent}/** ${line.replaceAll('*/', '*\\/')} */\n`;
}

/** Names of types that a text uses, of those there are. */
export function typesUsed<Name extends string>(text: string, names: readonly Name[]): Name[] {
  const words = new Set(text.split(/\W/));
  return names.filter((name) => words.has(name));
}
