/** What the gateway has of this folder: the HTTPS endpoints of an exported app, served by its functions. */

import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { OperatorFunctions } from '../session/operator-functions.ts';
import { nameOf } from './endpoint.ts';
import { addEndpointRoutes, type EndpointParts } from './endpoint-routes.ts';
import { createEndpointTable } from './endpoint-table.ts';
import { readEndpoints } from './read-endpoints.ts';

/** Endpoints that were read. */
interface OpenedEndpoints {
  /** Method and route of each. */
  readonly names: readonly string[];
  /** Why others are not served. */
  readonly problems: readonly string[];
  /** Adds their routes to a server. */
  readonly use: (
    server: FastifyInstance,
    parts: Omit<EndpointParts, 'appId' | 'publicUrl'>,
  ) => Promise<void>;
}

/**
 * Reads the endpoints that the configuration leads to; nothing is served yet.
 *
 * @throws Error as `readEndpoints`.
 */
export async function openEndpoints(
  config: Config,
  functions: Pick<OperatorFunctions, 'describe'>,
): Promise<OpenedEndpoints> {
  const { endpoints, problems } = await readEndpoints(
    config,
    (name) => functions.describe(name) !== undefined,
  );
  const { appId, publicUrl } = config;
  return {
    names: endpoints.map(nameOf),
    problems,
    async use(server, parts) {
      for (const problem of problems) {
        server.log.warn({ problem }, 'an endpoint cannot be served');
      }
      if (endpoints.length === 0) return;
      const served = { table: createEndpointTable(endpoints), functions };
      await addEndpointRoutes(server, served, { ...parts, appId, publicUrl });
    },
  };
}
