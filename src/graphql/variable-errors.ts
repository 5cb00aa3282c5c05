/**
 * What is wrong with the variables of an operation.
 *
 * graphql-js would tell it too, but repeats the whole value in each of up to fifty errors: a password among
 * it, and 25 MB for a request of 500 KB.
 */
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { boundMessage } from '../error-bounds.ts';
import type { GraphQLContext } from './context.ts';

/** How many errors are told, and looked for. */
const MAX_ERRORS = 10;
const BAD_REQUEST = 400;

/** What the errors depend on. */
export interface VariableErrorOptions {
  /** Whether errors may name what the client did not: types and fields of the schema. */
  readonly namesSchema: boolean;
}

type Inputs = Readonly<Record<string, unknown>>;

/** Answers an operation whose variables do not fit their types with `BAD_USER_INPUT`. */
export function reportVariableErrors(
  options: VariableErrorOptions,
): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, operationName, request }) => {
        // Unlike its type says, Apollo's own member is absent for an unknown operation name.
        const operation = getOperationAST(document, operationName);
        const messages = findVariableErrors(
          schema,
          operation?.variableDefinitions ?? [],
          request.variables ?? {},
          options,
        );
        if (messages.length === 0) return null;
        const errors = messages.map((message) => ({
          message: boundMessage(message),
          extensions: { code: 'BAD_USER_INPUT' },
        }));
        return {
          http: { status: BAD_REQUEST, headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { errors } },
        };
      },
    }),
  };
}

/** One sentence for each error; none repeats a value. */
export function findVariableErrors(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  inputs: Inputs,
  options: VariableErrorOptions,
): string[] {
  const messages: string[] = [];
  for (const { variable, type: typeNode } of definitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type) || !Object.hasOwn(inputs, name)) continue;
    // What is absent, and null in place of a required value, is told by graphql-js without values.
    if (inputs[name] === null) continue;
    collect(messages, name, inputs[name], type, options);
    if (messages.length >= MAX_ERRORS) break;
  }
  return messages;
}

/** Thrown to stop looking. */
const ENOUGH = Symbol('enough');

function collect(
  messages: string[],
  variable: string,
  value: unknown,
  type: GraphQLInputType,
  { namesSchema }: VariableErrorOptions,
): void {
  try {
    const onError = (path: readonly (string | number)[], _value: unknown, error: GraphQLError) => {
      const place = boundPlace([variable, ...path].join('.'));
      const what = namesSchema ? describe(error, typeAt(type, path)) : 'The value does not fit';
      messages.push(`Variable "$${variable}" got an invalid value at "${place}"; ${what}`);
      if (messages.length >= MAX_ERRORS) throw ENOUGH;
    };
    coerceInputValue(value, type, onError, !namesSchema);
  } catch (stop) {
    if (stop !== ENOUGH) throw stop;
  }
}

/** Messages of graphql-js that name the schema and the client's keys, and no value. */
const WITHOUT_VALUE = [
  /^Field "/,
  /^Expected type "[^"]*" to be an object\.$/,
  /^Expected non-nullable type "[^"]*" not to be null\.$/,
  /^Exactly one key must be specified for OneOf type /,
];

/** What a scalar or an enumeration says of a value quotes it. */
function describe({ message }: GraphQLError, type: GraphQLInputType | undefined): string {
  if (WITHOUT_VALUE.some((pattern) => pattern.test(message))) return message;
  return type === undefined
    ? 'The value does not fit'
    : `Expected type "${getNamedType(type).name}"`;
}

function typeAt(
  type: GraphQLInputType,
  path: readonly (string | number)[],
): GraphQLInputType | undefined {
  let current: GraphQLInputType | undefined = type;
  for (const key of path) {
    if (isNonNullType(current)) current = current.ofType as GraphQLInputType;
    if (isListType(current)) current = current.ofType as GraphQLInputType;
    else if (isInputObjectType(current)) current = current.getFields()[key]?.type;
  }
  return current;
}

const MAX_PLACE = 100;

function boundPlace(place: string): string {
  return place.length <= MAX_PLACE ? place : `${place.slice(0, MAX_PLACE)}…`;
}
