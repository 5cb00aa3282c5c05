/** The GraphQL API as text, for tools that work without a running gateway. */
import { buildASTSchema, concatAST, printSchema } from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { loadTypeDefs } from './schema.ts';
import { createTypedApi } from './typed/typed-api.ts';

/** SDL of the API with the types that `schema` adds: what a running gateway answers to introspection. */
export function printApi(schema: CustomDataSchema | null): string {
  const typed = schema === null ? [] : [createTypedApi(schema).typeDefs];
  return `${printSchema(buildASTSchema(concatAST([...loadTypeDefs(), ...typed])))}\n`;
}
