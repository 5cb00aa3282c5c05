/** The executable schema: SDL from `schema/` and resolvers whose errors are translated. */
import { readdirSync, readFileSync } from 'node:fs';
import { type DocumentNode, parse } from 'graphql';
import type { Resolvers } from '../generated/graphql.ts';
import { isPlainObject } from '../values/documents.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorTranslator } from './format-error.ts';

const SCHEMA_DIRECTORY = new URL('../../schema/', import.meta.url);

/** Reads and parses every `schema/*.graphql`. */
export function loadTypeDefs(): DocumentNode[] {
  return readdirSync(SCHEMA_DIRECTORY)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => parse(readFileSync(new URL(file, SCHEMA_DIRECTORY), 'utf8')));
}

type ResolverMap = Readonly<Record<string, unknown>>;

/** Wraps every resolver so that whatever it throws reaches the client translated. */
export function translateErrors(
  resolvers: Resolvers<GraphQLContext> | ResolverMap,
  translate: ErrorTranslator,
): Resolvers<GraphQLContext> {
  // Scalars are class instances and stay as they are.
  const wrapType = (type: unknown) =>
    isPlainObject(type) ? mapValues(type, (field) => wrapResolver(field, translate)) : type;
  return mapValues(resolvers as ResolverMap, wrapType) as Resolvers<GraphQLContext>;
}

function wrapResolver(field: unknown, translate: ErrorTranslator): unknown {
  if (typeof field !== 'function') return field;
  return (...args: unknown[]): unknown => {
    try {
      const result: unknown = field(...args);
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        throw translate(error);
      });
    } catch (error) {
      throw translate(error);
    }
  };
}

function mapValues(record: ResolverMap, map: (value: unknown) => unknown): ResolverMap {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
