/**
 * The GraphQL endpoint at the path that App Services had it, where a client without a token may send
 * its credentials as headers instead.
 */
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { isGatewayError } from '../errors.ts';
import { type ContextParts, createContext, type GraphQLContext } from '../graphql/context.ts';
import { readHeaderCredentials } from '../session/header-credentials.ts';
import type { IssuedSession } from '../session/issuer.ts';
import type { Credentials } from '../session/log-in.ts';
import { parseBearer } from '../token/bearer.ts';
import { useGraphQL } from './graphql-route.ts';

/** Where the App Services client protocol lives. */
export const REALM_PREFIX = '/api/client/v2.0';

/** Adds the endpoint for the app of this id. */
export async function useRealmGraphQL(
  server: FastifyInstance,
  graphql: ApolloServer<GraphQLContext>,
  parts: ContextParts & {
    readonly appId: string;
    readonly openUseCases: ContextParts['useCases'];
  },
): Promise<void> {
  const { appId, openUseCases, useCases } = parts;
  const plugin: FastifyPluginAsync = async (scope) => {
    /** The sessions of requests that brought credentials: each lives as long as its request. */
    const logIns = new WeakMap<FastifyRequest, IssuedSession>();

    scope.addHook<{ Params: { readonly appId: string } }>(
      'onRequest',
      async ({ params }, reply) => {
        if (params.appId !== appId) return reply.callNotFound();
        return undefined;
      },
    );
    scope.addHook('preHandler', async (request) => {
      const credentials = readCredentials(request);
      if (credentials !== null)
        logIns.set(request, await useCases(request).sessions.logIn(credentials));
    });
    scope.addHook('onSend', async (request) => {
      const session = logIns.get(request);
      if (session === undefined) return;
      // The operation is done and nobody is left to tell: the session ends by itself if not now.
      await openUseCases(request)
        .sessions.logOut(session.claims)
        .catch((error: unknown) => request.log.warn({ err: error }, 'session not ended'));
    });
    useGraphQL(scope, graphql, (request) => {
      const session = logIns.get(request);
      const authorization =
        session === undefined ? request.headers.authorization : `Bearer ${session.accessToken}`;
      return createContext(parts, request, authorization);
    });
  };
  await server.register(plugin, { prefix: `${REALM_PREFIX}/app/:appId` });
}

/** The credentials in the headers of a request without a token; `null` if it has none. */
function readCredentials({ headers }: FastifyRequest): Credentials | null {
  return hasAuthorization(headers.authorization) ? null : readHeaderCredentials(headers);
}

/** A malformed one counts: whoever sends it means to have a token. */
function hasAuthorization(authorization: string | undefined): boolean {
  try {
    return parseBearer(authorization) !== null;
  } catch (error) {
    if (isGatewayError(error, 'UNAUTHENTICATED')) return true;
    throw error;
  }
}
