// Fastify with one route that answers as bare `node:http` does.
import fastify from 'fastify';
import { announce, claimsOf, meOf } from './shared.mjs';

const app = fastify();
app.post('/graphql', (request, reply) => {
  const claims = claimsOf(request.headers.authorization);
  reply.header('content-type', 'application/json; charset=utf-8');
  return reply.send(`${JSON.stringify({ data: { me: claims === null ? null : meOf(claims) } })}\n`);
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(/** @type {any} */ (app.server.address()).port);
