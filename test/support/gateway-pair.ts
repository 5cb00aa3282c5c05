/** Two gateways on one store that clients take for one: each accepts the tokens of the other. */
import { startGateway, type TestEnv, type TestGateway } from './gateway.ts';
import { createGraphQLClient, type SendOperation } from './graphql-client.ts';

/** A started pair. */
export interface GatewayPair {
  readonly gateways: readonly [TestGateway, TestGateway];
  /** Sends to the gateways in turn. */
  readonly send: SendOperation;
  readonly stop: () => Promise<void>;
}

const PUBLIC_URL = 'http://gateway.example';

/** Starts two gateways under one public URL. */
export async function startGatewayPair(env: TestEnv): Promise<GatewayPair> {
  const start = () => startGateway({ ...env, PUBLIC_URL });
  const gateways = [await start(), await start()] as const;
  const senders = gateways.map(({ url }) => createGraphQLClient(url));
  let turn = 0;
  return {
    gateways,
    send: (query, options) => {
      turn += 1;
      const send = senders[turn % senders.length] as SendOperation;
      return send(query, options);
    },
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
    },
  };
}
