/** The GraphQL API as text, for tools that work without a running gateway. */
import { buildASTSchema, concatAST, type GraphQLSchema, printSchema } from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { loadTypeDefs } from './schema.ts';
import { createTypedApi } from './typed/typed-api.ts';

/** The API with the types that `schema` adds: what a running gateway answers to introspection. */
export function buildApi(schema: CustomDataSchema | null): GraphQLSchema {
  const typed = schema === null ? [] : [createTypedApi(schema).typeDefs];
  return buildASTSchema(concatAST([...loadTypeDefs(), ...typed]));
}

/** The same as SDL. */
export function printApi(schema: CustomDataSchema | null): string {
  return `${printSchema(buildApi(schema))}\n`;
}
