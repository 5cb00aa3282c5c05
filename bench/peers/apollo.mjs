// Apollo Server on Fastify: what the gateway is built on, and nothing else.
import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import fastify from 'fastify';
import { announce, claimsOf, meOf, sdl } from './shared.mjs';

/** @type {ApolloServer<any>} */
const apollo = new ApolloServer({
  typeDefs: sdl,
  resolvers: {
    Query: { me: (_root, _args, { claims }) => (claims === null ? null : meOf(claims)) },
  },
});
await apollo.start();
const app = fastify();
await app.register(/** @type {any} */ (fastifyApollo)(apollo), {
  context: async (/** @type {any} */ request) => ({
    claims: claimsOf(request.headers.authorization),
  }),
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(/** @type {any} */ (app.server.address()).port);
