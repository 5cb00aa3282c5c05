/** The recipe of `docs/claims.md` for Hive Gateway, before a subgraph that goes by the claims. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, graphql } from 'graphql';
import { createGraphQLClient, type SendOperation } from '../../support/graphql-client.ts';
import {
  PAGE_ISSUER,
  type RunningProgram,
  readRecipe,
  runProgram,
  useRecipeGateway,
} from '../../support/recipes.ts';

const TIMEOUT = 60_000;

/** Serves the configuration of the page, before the subgraph at `SUBGRAPH`. */
const HIVE = `
  import { createServer } from 'node:http';
  import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
  import { gatewayConfig } from './gateway.config.mjs';
  const endpoint = process.env.SUBGRAPH;
  const gateway = createGatewayRuntime({ ...gatewayConfig, proxy: { endpoint }, logging: false });
  const server = createServer(gateway).listen(0, '127.0.0.1', () =>
    console.log('http://127.0.0.1:' + server.address().port + '/'));
  process.once('SIGTERM', () => process.exit());
`;

interface Claims {
  readonly sub: string;
  readonly role?: string;
}

/** A subgraph that believes what the gateway before it says of the user. */
const schema = buildSchema('type Query { whoAmI: String, drafts: [String!] }');
const resolve = {
  whoAmI: (_arguments: unknown, claims?: Claims) =>
    claims?.role === undefined ? null : `${claims.sub}, ${claims.role}`,
  drafts: (_arguments: unknown, claims?: Claims) =>
    claims?.role === 'editor' ? ['A draft'] : null,
};

const answer: RequestListener = async (request, response) => {
  const { extensions, query: source, variables } = JSON.parse(await text(request));
  const contextValue: Claims | undefined = extensions?.jwt?.payload;
  const given = { source, variableValues: variables, contextValue };
  const result = await graphql({ schema, rootValue: resolve, ...given });
  response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
};

const gateway = useRecipeGateway();
let subgraph: Server;
let hive: RunningProgram;
let send: SendOperation;

beforeAll(async () => {
  subgraph = createServer(answer).listen(0, '127.0.0.1');
  await once(subgraph, 'listening');
  const code = await readRecipe('Hive Gateway', 'js', { [PAGE_ISSUER]: gateway.url() });
  await gateway.write('gateway.config.mjs', code);
  const { port } = subgraph.address() as AddressInfo;
  hive = await runProgram(process.execPath, [await gateway.write('hive.mjs', HIVE)], {
    SUBGRAPH: `http://127.0.0.1:${port}/graphql`,
  });
  send = createGraphQLClient(hive.url);
}, TIMEOUT);
afterAll(async () => {
  await hive.stop();
  subgraph.close();
});

const QUERY = '{ whoAmI drafts }';

test(
  'the subgraph gets the claims of whoever asks',
  async () => {
    const visitor = await gateway.logIn();
    const editor = await gateway.logIn({ role: 'editor' });
    expect((await send(QUERY, { token: visitor.accessToken })).data).toEqual({
      whoAmI: `${visitor.id}, visitor`,
      drafts: null,
    });
    expect((await send(QUERY, { token: editor.accessToken })).data).toEqual({
      whoAmI: `${editor.id}, editor`,
      drafts: ['A draft'],
    });
  },
  TIMEOUT,
);

test(
  'a refresh token has no role, and what is no token of ours does not get there',
  async () => {
    const { accessToken, refreshToken } = await gateway.logIn({ role: 'editor' });
    expect((await send(QUERY, { token: refreshToken })).data).toEqual({
      whoAmI: null,
      drafts: null,
    });
    const statusOf = async (headers: Record<string, string>) => {
      const init = { method: 'POST', body: JSON.stringify({ query: QUERY }) };
      const type = { 'content-type': 'application/json' };
      const response = await fetch(`${hive.url}/graphql`, {
        ...init,
        headers: { ...type, ...headers },
      });
      expect(await response.json()).not.toHaveProperty('data');
      return response.status;
    };
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: 'Bearer x' })).toBe(400);
    const changed = `${accessToken.slice(0, -4)}AAAA`;
    expect(await statusOf({ authorization: `Bearer ${changed}` })).toBe(401);
  },
  TIMEOUT,
);
