/** One line each: the schema mapped to the use cases. */
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import type { Resolvers, UserCustomDataArgs } from '../generated/graphql.ts';
import { type ReissuedToken, secondsToDate } from '../session/issuer.ts';
import { ACCOUNT_MUTATIONS, ACCOUNT_QUERIES, toCredentials } from './account-resolvers.ts';
import { callFunction } from './call-function.ts';
import type { GraphQLContext } from './context.ts';
import { createClaimFields, showSnapshot } from './me.ts';
import { DateTimeScalar, JSONScalar } from './scalars.ts';

/** Creates the resolver map. `schema` is the operator's schema of the documents, if there is one. */
export function createResolvers(schema: CustomDataSchema | null): Resolvers<GraphQLContext> {
  const user = createClaimFields(schema);
  const changed = {
    expiresAt: ({ claims }: ReissuedToken) => secondsToDate(claims.expiresAt),
    user: ({ claims }: ReissuedToken) => claims,
  };
  /** What the payloads of reissuing have in common: the new token's claims. */
  const reissued = {
    ...changed,
    customData: ({ claims }: ReissuedToken, args: UserCustomDataArgs, context: GraphQLContext) =>
      user.customData(claims, args, context),
  };
  return {
    JSON: JSONScalar,
    DateTime: DateTimeScalar,

    Query: {
      me: (_root, _args, context) => context.caller,
      ...ACCOUNT_QUERIES,
    },

    User: {
      ...user,
      storedCustomData: async (claims, { format }, { sessions }) =>
        showSnapshot((await sessions.readStoredCustomData(claims)).document, format),
      storedCustomDataRevision: async (claims, _args, { sessions }) =>
        (await sessions.readStoredCustomData(claims)).revision,
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

    Subscription: {
      customDataChanged: {
        subscribe: async (_root, _args, context) =>
          context.subscriptions.customDataChanged(await context.requireCaller()),
        resolve: (word: ReissuedToken) => word,
      },
    },

    CustomDataChangedPayload: changed,
    RefreshCustomDataPayload: reissued,
    WriteCustomUserDataPayload: reissued,
  };
}
