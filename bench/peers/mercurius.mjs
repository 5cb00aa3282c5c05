// Mercurius with its JIT, on Fastify.
import fastify from 'fastify';
import mercurius from 'mercurius';
import { announce, claimsOf, meOf, sdl } from './shared.mjs';

const app = fastify();
app.register(mercurius, {
  schema: sdl,
  jit: 1,
  context: (request) => ({ claims: claimsOf(request.headers.authorization) }),
  resolvers: {
    Query: {
      me: (_root, _args, context) => {
        const { claims } = /** @type {any} */ (context);
        return claims === null ? null : meOf(claims);
      },
    },
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(/** @type {any} */ (app.server.address()).port);
