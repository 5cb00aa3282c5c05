/**
 * The gateway as a subgraph of a federated graph (Apollo Federation 2), served with `FEDERATION=true`.
 *
 * A service that refers to a user may name any. It is the caller who is resolved, from the claims of the token as
 * `me` is; of anybody else nothing is told, not even that there is such a user.
 */
import { concatAST, type DocumentNode, Kind, print, visit } from 'graphql';
import { badInput } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import { isPlainObject } from '../values/documents.ts';
import type { GraphQLContext } from './context.ts';
import { loadTypeDefsOf } from './schema.ts';

/** Most references of a request. What is not the caller costs nothing. */
const MAX_REPRESENTATIONS = 1000;
/** Most of them that are the caller: each is answered with the whole of what is asked. */
const MAX_OWN = 100;

/** `_entities` as a router asks it. */
interface EntitiesArgs {
  readonly representations: readonly unknown[];
}

/** What a subgraph serves beside the API of `typeDefs`. */
export function createSubgraph(typeDefs: readonly DocumentNode[]) {
  const service = { sdl: printSubgraph(typeDefs) };
  return {
    typeDefs: loadTypeDefsOf('federation/served.graphql'),
    resolvers: {
      Query: {
        _service: () => service,
        _entities: async (
          _root: unknown,
          { representations }: EntitiesArgs,
          { requireCaller }: GraphQLContext,
        ) => resolveReferences(representations, await requireCaller()),
      },
      _Entity: { __resolveType: () => 'User' },
    },
  };
}

/** The SDL that routers compose: the API of `typeDefs` with its marks, and without what every subgraph serves. */
export function printSubgraph(typeDefs: readonly DocumentNode[]): string {
  const { definitions } = loadTypeDefsOf('federation/composed.graphql');
  const marks = definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_EXTENSION);
  const marksOf = new Map(marks.map(({ directives, name }) => [name.value, directives]));
  // On an extension `@shareable` would be said of no field but those of the extension.
  const marked = visit(concatAST(typeDefs), {
    ObjectTypeDefinition(node) {
      const directives = marksOf.get(node.name.value);
      return directives === undefined ? undefined : { ...node, directives };
    },
  });
  const others = definitions.filter((node) => node.kind !== Kind.OBJECT_TYPE_EXTENSION);
  return `${print({ ...marked, definitions: [...others, ...marked.definitions] })}\n`;
}

/**
 * The caller in the place of each reference to them, `null` in all others. Fails with `BAD_USER_INPUT` if there are
 * too many.
 */
export function resolveReferences(
  representations: readonly unknown[],
  caller: AccessClaims,
): (AccessClaims | null)[] {
  if (representations.length > MAX_REPRESENTATIONS) {
    throw badInput(`There are more than ${MAX_REPRESENTATIONS} references`, '/representations');
  }
  const isCaller = (reference: unknown) =>
    isPlainObject(reference) && reference.__typename === 'User' && reference.id === caller.userId;
  const resolved = representations.map((reference) => (isCaller(reference) ? caller : null));
  if (resolved.filter((user) => user !== null).length > MAX_OWN) {
    throw badInput(`More than ${MAX_OWN} references are to the caller`, '/representations');
  }
  return resolved;
}
