/** The gateway under test as a subgraph, behind routers that run in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type GraphQLAnswer, readAnswer, type SendOperation } from './graphql-client.ts';

const START = new URL('federated-graph/start.mjs', import.meta.url).pathname;

/** The routers: `apollo` reads answers as docs/federation.md tells to, `plain` as the library does by itself. */
export type Router = 'apollo' | 'plain' | 'hive';

/** A graph that is served. */
export interface FederatedGraph {
  /** Asks the router. */
  readonly clientOf: (router: Router) => SendOperation;
  readonly stop: () => Promise<void>;
}

/** Composes the gateway at `url` with a second subgraph, and starts the routers. */
export async function startFederatedGraph(url: string): Promise<FederatedGraph> {
  const child = spawn(process.execPath, [START, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const urls = await new Promise<Readonly<Record<Router, string>>>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('close', () => reject(new Error('The graph was not started')));
  });
  return {
    clientOf: (router) => (query, options) => ask(urls[router], query, options),
    async stop() {
      // The servers in it would take any other signal to finish what nobody waits for.
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function ask(
  url: string,
  query: string,
  { token, variables }: NonNullable<Parameters<SendOperation>[1]> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return readAnswer(response);
}
