/** What the text of a tab asks for. */
import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  typeFromAST,
} from 'graphql';

/** Longer texts are not looked into while somebody types; the gateway takes no more either. */
export const MAX_CHARACTERS = 100_000;

/** Deeper texts are not looked into: parsers and printers call themselves for each level, and the gateway takes no more than a few. */
const MAX_DEPTH = 200;

/** Parses it; `null` if it is no GraphQL, or too long or too deep to be looked into. */
export function parseOperations(query: string): DocumentNode | null {
  if (isTooMuch(query)) return null;
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

/** Whether a text is too long or too deep to be looked into. */
export function isTooMuch(text: string): boolean {
  if (text.length > MAX_CHARACTERS) return true;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** The operations in it, in order. */
export function operationsOf(document: DocumentNode | null): readonly OperationDefinitionNode[] {
  return (document?.definitions ?? []).filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
}

/** The operation of a name; without one, or if there is none of it, the first. */
export function chooseOperation(
  document: DocumentNode | null,
  name: string | null,
): OperationDefinitionNode | null {
  const operations = operationsOf(document);
  return operations.find((operation) => operation.name?.value === name) ?? operations[0] ?? null;
}

/** Whether lines of the text are comments. */
export function hasComments(query: string): boolean {
  return query.split('\n').some((line) => line.trimStart().startsWith('#'));
}

/** The text in the usual form; as it is if it is no GraphQL, or has comments, which would get lost. */
export function prettify(query: string): string {
  const document = parseOperations(query);
  return document === null || hasComments(query) ? query : `${print(document)}\n`;
}

/** The payloads of what gives the caller's claims anew. */
const REISSUED: ReadonlySet<string> = new Set([
  'RefreshCustomDataPayload',
  'WriteCustomUserDataPayload',
]);

/** Whether the gateway reissues the claims for an operation; without a schema, any mutation may be one. */
export function isReissuing(
  schema: GraphQLSchema | null,
  operation: OperationDefinitionNode | null,
): boolean {
  if (operation?.operation !== 'mutation') return false;
  if (schema === null) return true;
  const fields = schema.getMutationType()?.getFields() ?? {};
  return operation.selectionSet.selections.some(
    (selection) =>
      selection.kind !== Kind.FIELD ||
      REISSUED.has(getNamedType(fields[selection.name.value]?.type)?.name ?? ''),
  );
}

/** What is wrong with the value of a variable, or with that there is none. */
export interface VariableProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Checks variables against the types that the operation declares. */
export function checkVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): VariableProblem[] {
  const problems: VariableProblem[] = [];
  const declared = new Set<string>();
  for (const { variable, type: node, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    declared.add(name);
    const type = typeFromAST(schema, node as never);
    if (type === undefined || !isInputType(type)) continue;
    if (values[name] === undefined) {
      const isNeeded = node.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;
      if (isNeeded) problems.push({ path: [], message: `"${name}" of type ${type} is missing` });
      continue;
    }
    coerceInputValue(values[name], type, (path, _value, { message }) => {
      problems.push({ path: [name, ...path], message });
    });
  }
  for (const name of Object.keys(values)) {
    if (declared.has(name)) continue;
    problems.push({ path: [name], message: `The operation declares no variable "$${name}"` });
  }
  return problems;
}

/** Parses a JSON object; an empty text is an empty one. Throws what can be shown. */
export function parseObject(text: string, what: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} are no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} are no JSON object`);
  }
  return value as Record<string, unknown>;
}
