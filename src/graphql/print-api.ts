/** The GraphQL API as text, for tools that work without a running gateway. */
import {
  buildASTSchema,
  concatAST,
  type DocumentNode,
  type GraphQLSchema,
  printSchema,
} from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { loadTypeDefs } from './schema.ts';
import { printSubgraph } from './subgraph.ts';
import { createTypedApi } from './typed/typed-api.ts';

/** The API with the types that `schema` adds: what a running gateway answers to introspection. */
export function buildApi(schema: CustomDataSchema | null): GraphQLSchema {
  return buildASTSchema(concatAST(typeDefsOf(schema)));
}

/** The same as SDL. */
export function printApi(schema: CustomDataSchema | null): string {
  return `${printSchema(buildApi(schema))}\n`;
}

/** The same as a subgraph: what a running gateway answers to `_service`. */
export function printFederatedApi(schema: CustomDataSchema | null): string {
  return printSubgraph(typeDefsOf(schema));
}

function typeDefsOf(schema: CustomDataSchema | null): DocumentNode[] {
  return [...loadTypeDefs(), ...(schema === null ? [] : [createTypedApi(schema).typeDefs])];
}
