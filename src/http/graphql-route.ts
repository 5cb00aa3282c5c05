/** The GraphQL endpoint as a route. */
import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { linkTo } from './operation-link.ts';
import { wantsPage } from './wants-page.ts';

/** Where an endpoint is. */
export interface GraphQLRoute {
  /** `/graphql` by default. */
  readonly path?: string;
  /** Where browsers that open it are led, seen from there. By default they are programs like others. */
  readonly explorer?: string | undefined;
  /** Takes the connection of a request that asks for a WebSocket; `false`: it asks for none. */
  readonly acceptWebSocket?: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

/** Adds the GraphQL endpoint, answered by `graphql`. */
export function useGraphQL<Context extends BaseContext>(
  server: FastifyInstance,
  graphql: ApolloServer<Context>,
  context: (request: FastifyRequest) => Context | Promise<Context>,
  { path = '/graphql', explorer, acceptWebSocket }: GraphQLRoute = {},
): void {
  server.route({
    method: ['GET', 'POST'],
    url: path,
    async handler(request, reply) {
      if (acceptWebSocket?.(request, reply) === true) return reply;
      if (explorer !== undefined && wantsPage(request)) {
        return reply.header('vary', 'accept').redirect(linkTo(explorer, request.query));
      }
      const handle = fastifyApolloHandler(graphql, { context: async () => context(request) });
      return handle.call(this, request, reply);
    },
  });
}
