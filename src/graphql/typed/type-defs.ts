/** The generated types as SDL. */
import { type DocumentNode, Kind, parse } from 'graphql';
import type {
  TypedEnum,
  TypedField,
  TypedModel,
  TypedObject,
  TypeReference,
} from './typed-model.ts';
import { TYPED_SCALARS } from './typed-scalars.ts';

/** What the schema adds to the API. */
export function createTypeDefs(model: TypedModel): DocumentNode {
  const definitions = [
    ...(model.objects.length > 0 ? [USER_EXTENSION] : []),
    ...(model.inputs.length > 0 ? [MUTATION_EXTENSION] : []),
    ...model.scalars.map(
      (name) => `${describe(TYPED_SCALARS[name]?.description ?? '')}scalar ${name}`,
    ),
    ...model.objects.map((object) => printObject('type', object)),
    ...model.inputs.map((input) => printObject('input', input)),
    ...model.enums.map(printEnum),
  ];
  // A schema that names no field adds nothing, and an empty text is no SDL.
  if (definitions.length === 0) return { kind: Kind.DOCUMENT, definitions: [] };
  return parse(definitions.join('\n\n'));
}

const USER_EXTENSION = `extend type User {
  """
  The snapshot in the token as an object of the types of the operator's schema; \`null\` if there was
  no document. A field that does not fit its type is an error \`CUSTOM_DATA_INVALID\`.
  """
  customUserData: CustomUserData
}`;

const MUTATION_EXTENSION = `extend type Mutation {
  """
  Like \`writeCustomUserData\`, with the types of the operator's schema. What users may not write
  cannot be named. Needs an access token of a session that has not ended.
  Errors: \`CUSTOM_DATA_INVALID\`, \`CUSTOM_DATA_TOO_LARGE\`, \`FIELD_NOT_WRITABLE\`, \`REVISION_CONFLICT\`.
  """
  writeTypedCustomUserData(
    "What to write. A field left out is not named; \`null\` is."
    newCustomUserData: CustomUserDataInput!
    "How the object is combined with the document there is."
    mode: WriteMode! = MERGE
    """
    Revision that the stored document must have; an empty string: there must be no document. Left out
    or \`null\`: whatever there is.
    """
    expectedRevision: String
  ): WriteCustomUserDataPayload!
}`;

function printObject(kind: 'type' | 'input', { name, node, fields }: TypedObject): string {
  const lines = fields.map((field) => {
    const deprecated = field.node.isDeprecated ? ' @deprecated' : '';
    return `  ${describe(describeField(field))}${field.name}: ${printType(field.type)}${deprecated}`;
  });
  return `${describe(node.description ?? describeRoot(name))}${kind} ${name} {\n${lines.join('\n')}\n}`;
}

function describeRoot(name: string): string {
  if (name === 'CustomUserData') {
    return "The user's document, as the operator's schema describes it.";
  }
  return name === 'CustomUserDataInput' ? "What users may write of the user's document." : '';
}

/** What the schema says, and what the name and the type do not. */
function describeField({ memberName, name, node, type }: TypedField): string {
  const texts = [
    node.description,
    name === memberName ? undefined : `\`${memberName}\` in the document.`,
    describeValues(type),
  ];
  return texts.filter((text) => text !== undefined).join('\n');
}

function describeValues(type: TypeReference): string | undefined {
  if (type.kind === 'list') return describeValues(type.items);
  return type.values && `One of ${type.values.map((value) => JSON.stringify(value)).join(', ')}.`;
}

function printEnum({ name, node, values }: TypedEnum): string {
  const lines = values.map((value) => `  ${value}`);
  return `${describe(node.description ?? '')}enum ${name} {\n${lines.join('\n')}\n}`;
}

function printType(type: TypeReference): string {
  const inner = type.kind === 'list' ? `[${printType(type.items)}]` : type.name;
  return type.isNonNull ? `${inner}!` : inner;
}

/** Before what is described; a JSON string is a GraphQL string. */
function describe(text: string): string {
  return text === '' ? '' : `${JSON.stringify(text)} `;
}
