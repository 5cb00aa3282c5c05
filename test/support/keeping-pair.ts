/** Two gateways on one store: one keeps answers and knows operations, the other does not. */
import { createTemporaryDirectory, startGateway, type TestGateway } from './gateway.ts';
import { createGraphQLClient, type SendOperation } from './graphql-client.ts';

/** How many requests were answered by what was found for them. */
export interface Found {
  readonly answer: number;
  readonly operation: number;
  readonly nothing: number;
}

export interface KeepingPair {
  readonly keeping: TestGateway;
  readonly plain: TestGateway;
  /** Asks the plain one. */
  readonly send: SendOperation;
  /** What the keeping one finds for what `run` sends. */
  countFound(run: () => Promise<unknown>): Promise<Found>;
  stop(): Promise<void>;
}

export async function startKeepingPair(
  options: Parameters<typeof startGateway>[1] = {},
): Promise<KeepingPair> {
  const directory = await createTemporaryDirectory();
  const env = {
    ...{ DATA_DIR: directory.path, PUBLIC_URL: 'http://gateway.example' },
    FEDERATION: 'true',
  };
  const keeping = await startGateway(env, options);
  const plain = await startGateway({ ...env, RESPONSE_CACHE_BYTES: '0' }, options);
  return {
    keeping,
    plain,
    send: createGraphQLClient(plain.url),
    async countFound(run) {
      const before = await readFound(keeping.url);
      await run();
      const after = await readFound(keeping.url);
      return {
        answer: after.answer - before.answer,
        operation: after.operation - before.operation,
        nothing: after.nothing - before.nothing,
      };
    },
    async stop() {
      await keeping.stop();
      await plain.stop();
      await directory.remove();
    },
  };
}

/** What a gateway has found for its requests so far. */
export async function readFound(url: string): Promise<Found> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = (name: keyof Found) => {
    const line = new RegExp(`^response_cache_requests_total\\{found="${name}"\\} (\\d+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  };
  return { answer: found('answer'), operation: found('operation'), nothing: found('nothing') };
}

/** The headers of a request of GraphQL. */
export const headersOf = (
  token: string | undefined,
  others: Readonly<Record<string, string>> = {},
) => ({
  host: 'gateway.example',
  'content-type': 'application/json',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...others,
});
