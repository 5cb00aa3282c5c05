/** What is put around every resolver. */
import type { GraphQLResolveInfo } from 'graphql';
import type { Resolvers } from '../generated/graphql.ts';
import { isPlainObject } from '../values/documents.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorTranslator } from './format-error.ts';

type ResolverMap = Readonly<Record<string, unknown>>;
type Resolver = (
  root: unknown,
  args: unknown,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
) => unknown;

/**
 * Wraps every resolver: whatever it throws reaches the client translated, and a field of a mutation runs once for
 * its request, however often that is executed: what came of it the first time is what it is.
 */
export function wrapResolvers(
  resolvers: Resolvers<GraphQLContext> | ResolverMap,
  translate: ErrorTranslator,
): Resolvers<GraphQLContext> {
  const wrap = (typeName: string, field: unknown): unknown => {
    if (isPlainObject(field)) return mapEntries(field, (_name, value) => wrap(typeName, value));
    if (typeof field !== 'function') return field;
    const translated = translateErrors(field as Resolver, translate);
    return typeName === 'Mutation' ? runOnce(translated) : translated;
  };
  // Scalars are class instances and stay as they are.
  const wrapType = (name: string, type: unknown) =>
    isPlainObject(type) ? mapEntries(type, (_field, value) => wrap(name, value)) : type;
  return mapEntries(resolvers as ResolverMap, wrapType) as Resolvers<GraphQLContext>;
}

function translateErrors(resolve: Resolver, translate: ErrorTranslator): Resolver {
  return (...args) => {
    try {
      const result: unknown = resolve(...args);
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        throw translate(error);
      });
    } catch (error) {
      throw translate(error);
    }
  };
}

function runOnce(resolve: Resolver): Resolver {
  return (root, args, context, info) => {
    const { outcomes } = context.basis;
    // Fields of a mutation with one response key are one field (GraphQL section 5.3.2).
    const { key } = info.path;
    const outcome = outcomes.get(key) ?? (async () => resolve(root, args, context, info))();
    outcomes.set(key, outcome);
    return outcome;
  };
}

function mapEntries(
  record: ResolverMap,
  map: (name: string, value: unknown) => unknown,
): ResolverMap {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(name, value)]),
  );
}
