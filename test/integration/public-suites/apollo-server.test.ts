import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { describe } from '@jest/globals';
import { useGraphQL } from '../../../src/http/graphql-route.ts';
import { createBareServer } from '../../../src/http/http-server.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import { createLog } from '../../../src/log.ts';

/** Apollo's own suite for web framework integrations, against our server with Apollo's schemas. */
describe('Apollo Server behind our HTTP server', () => {
  defineIntegrationTestSuite(async (options, integration) => {
    const graphql = new ApolloServer({ ...options, stopOnTerminationSignals: false });
    const config = {
      appId: 'myapp-abcde',
      keepAliveSeconds: 72,
      host: '127.0.0.1',
      corsOrigins: ['*'],
      trustProxy: false,
      publicUrl: undefined,
    };
    const server = await createBareServer(config, createLog('silent'), createMetrics());
    await graphql.start();
    useGraphQL(server, graphql, integration?.context ?? (async () => ({})), { path: '/' });
    const url = await server.listen({ host: config.host, port: 0 });
    return {
      server: graphql,
      url,
      extraCleanup: async () => {
        await server.close();
      },
    };
  });
});
