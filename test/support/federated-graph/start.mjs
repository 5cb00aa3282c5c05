/**
 * A federated graph of the gateway under test and a second subgraph, behind routers of npm: `node start.mjs URL`.
 * Prints where they are as a line of JSON, and runs until it is ended. A process of its own, and not type-checked:
 * the types of these libraries change those of `graphql`.
 */
import { createServer } from 'node:http';
import { argv, stdout } from 'node:process';
import { composeServices } from '@apollo/composition';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import http from '@graphql-mesh/transport-http';
import { parse } from 'graphql';
import { AccountDataSource } from './account-data-source.mjs';

const ACCOUNT_URL = `${argv[2]}/graphql`;
const LISTEN = { host: '127.0.0.1', port: 0 };
const ORDERS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key"])
  type Query { order(id: ID!): Order }
  type Order { id: ID! user: User! }
  type User @key(fields: "id") { id: ID! orders: [Order!]! }
`);

/** The second subgraph: everybody has two orders, and there is one of anybody under their id. */
async function startOrders() {
  const orderOf = (id, userId) => ({ id, user: { id: userId } });
  const schema = buildSubgraphSchema({
    typeDefs: ORDERS,
    resolvers: {
      Query: { order: (_root, { id }) => orderOf(id, id) },
      User: { orders: ({ id }) => [orderOf(`${id}-1`, id), orderOf(`${id}-2`, id)] },
    },
  });
  const server = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] });
  const { url } = await startStandaloneServer(server, { listen: LISTEN });
  return url;
}

async function readSdl() {
  const response = await fetch(ACCOUNT_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  const { data } = await response.json();
  return parse(data._service.sdl);
}

function compose(orders, account) {
  const { errors, hints, supergraphSdl } = composeServices([
    { name: 'account', url: ACCOUNT_URL, typeDefs: account },
    { name: 'orders', url: orders, typeDefs: ORDERS },
  ]);
  const problems = [...(errors ?? []), ...(hints ?? [])];
  if (problems.length > 0) throw new Error(problems.map(String).join('\n'));
  return supergraphSdl;
}

/** `@apollo/gateway`, asking subgraphs as `Source` does. */
async function startApolloGateway(supergraphSdl, Source) {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ url }) => new Source({ url }),
  });
  const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
    listen: LISTEN,
    context: async ({ req }) => ({ headers: req.headers }),
  });
  return url;
}

/** No more than the token is passed on, and the answers are read as the library does. */
class PlainDataSource extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    const { authorization } = context.headers ?? {};
    if (authorization !== undefined) request.http.headers.set('authorization', authorization);
  }
}

/** Hive Gateway, by its runtime. */
async function startHiveGateway(supergraph) {
  const gateway = createGatewayRuntime({
    supergraph,
    transports: { http },
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => ({
        authorization: request.headers.get('authorization'),
      }),
    },
  });
  const server = createServer(gateway);
  await new Promise((done) => server.listen(LISTEN, done));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

const supergraph = compose(await startOrders(), await readSdl());
const urls = {
  apollo: await startApolloGateway(supergraph, AccountDataSource),
  plain: await startApolloGateway(supergraph, PlainDataSource),
  hive: await startHiveGateway(supergraph),
};
stdout.write(`${JSON.stringify(urls)}\n`);
