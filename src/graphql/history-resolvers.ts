/** The schema of `custom-data-history.graphql` mapped to the use cases, one line each. */
import { showValue } from '../custom-data/convert-snapshot.ts';
import type { EjsonFormat, Resolvers } from '../generated/graphql.ts';
import type { GraphQLContext } from './context.ts';
import { showSnapshot } from './me.ts';

/** Resolvers of the history. What is not here has the name of its property. */
export const HISTORY_RESOLVERS: Resolvers<GraphQLContext> = {
  User: {
    customDataHistory: (claims, page, { sessions }) => sessions.readHistory(claims, page),
  },

  Mutation: {
    restoreCustomUserData: async (_root, { revision, expectedRevision }, context) =>
      context.sessions.writeCustomUserData(await context.requireCaller(), {
        restore: revision,
        expectedRevision,
      }),
  },

  CustomDataRevision: {
    deleted: ({ isDeletion }) => isDeletion,
    customData: ({ document }, { format }) => showSnapshot(document, format),
    changes: ({ changes }) => changes(),
  },

  CustomDataChange: {
    before: ({ before }, { format }) => showChanged(before, format),
    after: ({ after }, { format }) => showChanged(after, format),
  },
};

/** Where there is no value, before or after, `kind` says so. */
function showChanged(value: unknown, format: EjsonFormat | null | undefined): unknown {
  return value === undefined ? null : showValue(value, format ?? 'RELAXED');
}
