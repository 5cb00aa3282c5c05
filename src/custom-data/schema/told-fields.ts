/** What a page tells people of the fields of a schema: all that users may see or write, and nothing of the others. */
import { type FieldNode, maySee, mayWrite } from './field-tree.ts';

/** A field, in words that need no knowledge of JSON Schema. */
export interface ToldField {
  readonly name: string;
  /** Such as `string`, `date`, `array of string`, `"member" or "admin"`. */
  readonly type: string;
  readonly description?: string;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  /** Whether users may write it. */
  readonly isWritten: boolean;
  /** Whether users see it. */
  readonly isSeen: boolean;
  /** Whether tokens carry it. */
  readonly isInToken: boolean;
  /** Those of an object, or of each element of an array. */
  readonly fields: readonly ToldField[];
}

/** The fields of the document, or of an object in it, in the order of the schema. */
export function tellFields({ fields, items }: FieldNode): readonly ToldField[] {
  if (items !== undefined) return tellFields(items);
  const told = [...fields].filter(([, { access }]) => maySee(access) || mayWrite(access));
  return told.map(([name, node]) => ({
    name,
    type: typeOf(node),
    ...(node.description === undefined ? {} : { description: node.description }),
    isRequired: node.isRequired,
    isDeprecated: node.isDeprecated,
    isWritten: mayWrite(node.access),
    isSeen: maySee(node.access),
    isInToken: maySee(node.access) && node.inToken,
    fields: tellFields(node),
  }));
}

function typeOf({ type, bsonType, enumValues, items, isNullable }: FieldNode): string {
  const values = enumValues?.map((value) => JSON.stringify(value)).join(' or ');
  const plain = bsonType ?? values ?? type;
  const whole = items === undefined ? plain : `${plain} of ${typeOf(items)}`;
  return isNullable && type !== 'any' ? `${whole} or null` : whole;
}
