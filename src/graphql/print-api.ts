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
import { createSubgraph, printSubgraph } from './subgraph.ts';
import { createTypedApi } from './typed/typed-api.ts';

/** What the API depends on. */
export interface ApiParts {
  /** The operator's schema of the documents, if there is one. */
  readonly schema: CustomDataSchema | null;
  /** Whether it is served as a subgraph of a federated graph. */
  readonly federation: boolean;
}

/** The API: what a running gateway answers to introspection. */
export function buildApi({ federation, schema }: ApiParts): GraphQLSchema {
  const typeDefs = typeDefsOf(schema);
  const added = federation ? [createSubgraph(typeDefs).typeDefs] : [];
  return buildASTSchema(concatAST([...typeDefs, ...added]));
}

/** The same as SDL. */
export function printApi(parts: ApiParts): string {
  return `${printSchema(buildApi(parts))}\n`;
}

/** The API with the types that `schema` adds, as a subgraph: what a running gateway answers to `_service`. */
export function printFederatedApi(schema: CustomDataSchema | null): string {
  return printSubgraph(typeDefsOf(schema));
}

function typeDefsOf(schema: CustomDataSchema | null): DocumentNode[] {
  return [...loadTypeDefs(), ...(schema === null ? [] : [createTypedApi(schema).typeDefs])];
}
