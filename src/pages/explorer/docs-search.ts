/** Finding types and fields of a schema by their names. */
import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** A type, or a field of it. */
export interface Found {
  readonly type: string;
  readonly field?: string;
}

const MAX_FOUND = 50;

/** Types and fields whose names have the text in them, whatever its case; those that begin with it first. */
export function searchSchema(schema: GraphQLSchema, text: string): readonly Found[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const found: { readonly place: Found; readonly at: number }[] = [];
  const look = (name: string, place: Found) => {
    const at = name.toLowerCase().indexOf(wanted);
    if (at !== -1) found.push({ place, at });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    look(type.name, { type: type.name });
    for (const field of fieldsOf(type)) look(field, { type: type.name, field });
  }
  return found
    .sort((a, b) => a.at - b.at)
    .slice(0, MAX_FOUND)
    .map(({ place }) => place);
}

function fieldsOf(type: GraphQLNamedType): readonly string[] {
  const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
  return hasFields ? Object.keys(type.getFields()) : [];
}
