/** The GraphQL endpoint as a route. */
import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addPagePolicy } from './security-headers.ts';

/** Adds the GraphQL endpoint at `path`, answered by `graphql`. */
export function useGraphQL<Context extends BaseContext>(
  server: FastifyInstance,
  graphql: ApolloServer<Context>,
  context: (request: FastifyRequest) => Context | Promise<Context>,
  path = '/graphql',
): void {
  server.route({
    method: ['GET', 'POST'],
    url: path,
    onSend: async (_request, reply, payload) => {
      addPagePolicy(reply, payload);
      return payload;
    },
    async handler(request, reply) {
      const handle = fastifyApolloHandler(graphql, { context: async () => context(request) });
      return handle.call(this, request, reply);
    },
  });
}
