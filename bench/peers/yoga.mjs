// GraphQL Yoga on `node:http`.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { announce, claimsOf, meOf, sdl } from './shared.mjs';

const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: sdl,
    resolvers: {
      Query: {
        me: (_root, _args, /** @type {any} */ { request }) => {
          const claims = claimsOf(request.headers.get('authorization') ?? undefined);
          return claims === null ? null : meOf(claims);
        },
      },
    },
  }),
});
const server = createServer(yoga);
server.listen(0, '127.0.0.1', () => announce(/** @type {any} */ (server.address()).port));
