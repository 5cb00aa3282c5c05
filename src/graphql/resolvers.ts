/** One line each: the schema mapped to the use cases. */
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import type { EjsonFormat, Resolvers } from '../generated/graphql.ts';
import { secondsToDate } from '../session/issuer.ts';
import type { AccessClaims } from '../token/claims.ts';
import { ACCOUNT_MUTATIONS, ACCOUNT_QUERIES, toCredentials } from './account-resolvers.ts';
import { callFunction } from './call-function.ts';
import type { GraphQLContext } from './context.ts';
import { DateTimeScalar, JSONScalar } from './scalars.ts';
import { showSnapshot, snapshotOf } from './snapshot.ts';

/** Creates the resolver map. `schema` is the operator's schema of the documents, if there is one. */
export function createResolvers(schema: CustomDataSchema | null): Resolvers<GraphQLContext> {
  const customData = (
    claims: AccessClaims,
    { format }: { readonly format?: EjsonFormat | null | undefined },
    { budgetBytes }: GraphQLContext,
  ) => showSnapshot(snapshotOf(claims, schema, budgetBytes), format);
  return {
    JSON: JSONScalar,
    DateTime: DateTimeScalar,

    Query: {
      me: (_root, _args, context) => context.caller(),
      ...ACCOUNT_QUERIES,
    },

    User: {
      id: (claims) => claims.userId,
      customData,
      customDataRevision: (claims) => claims.customData.revision ?? null,
      customDataReadAt: (claims) => new Date(claims.customData.readAt),
      tokenExpiresAt: (claims) => secondsToDate(claims.expiresAt),
    },

    Mutation: {
      ...ACCOUNT_MUTATIONS,
      logIn: (_root, { credentials }, { sessions }) => sessions.logIn(toCredentials(credentials)),
      refreshSession: (_root, { refreshToken }, { sessions }) =>
        sessions.refreshSession(refreshToken),
      logOut: async (_root, _args, context) => {
        await context.sessions.logOut(await context.requireCaller());
        return true;
      },
      refreshCustomData: async (_root, _args, context) =>
        context.sessions.refreshCustomData(await context.requireCaller()),
      writeCustomUserData: async (_root, request, context) =>
        context.sessions.writeCustomUserData(await context.requireCaller(), request),
      updateCustomUserData: async (_root, request, context) =>
        context.sessions.writeCustomUserData(await context.requireCaller(), request),
      deleteCustomUserData: async (_root, conditions, context) =>
        context.sessions.deleteCustomUserData(await context.requireCaller(), conditions),
      callFunction: (_root, call, context) => callFunction(call, context),
    },

    Session: {
      expiresAt: ({ claims }) => secondsToDate(claims.expiresAt),
      refreshExpiresAt: ({ refreshExpiresAt }) => secondsToDate(refreshExpiresAt),
      user: ({ claims }) => claims,
    },

    RefreshCustomDataPayload: {
      expiresAt: ({ claims }) => secondsToDate(claims.expiresAt),
      customData: ({ claims }, args, context) => customData(claims, args, context),
      user: ({ claims }) => claims,
    },

    WriteCustomUserDataPayload: {
      expiresAt: ({ claims }) => secondsToDate(claims.expiresAt),
      customData: ({ claims }, args, context) => customData(claims, args, context),
      user: ({ claims }) => claims,
    },
  };
}
