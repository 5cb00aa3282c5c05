/** The routes of HTTPS endpoints: any path below one prefix, whose rest is the route of an endpoint. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { EndpointReturn, OperatorFunctions } from '../session/operator-functions.ts';
import { ENDPOINT_METHODS, type Endpoint, nameOf } from './endpoint.ts';
import { type CallerParts, needsCaller, runForCaller } from './endpoint-caller.ts';
import { bodyOf, describeEndpointRequest } from './endpoint-request.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { readQueryString } from './query-string.ts';
import { assertProof } from './request-proof.ts';
import { sendAnswer } from './send-answer.ts';

/** What the routes serve. */
export interface EndpointParts extends CallerParts {
  readonly appId: string;
  readonly publicUrl: string | undefined;
  /** Makes a part of the server answer errors in the shape that App Services clients know. */
  readonly useErrors: (server: FastifyInstance) => void;
}

const ANY_TYPE = 'application/octet-stream';

interface EndpointRoute {
  readonly Params: { readonly appId: string; readonly '*': string };
}

/** What is served. */
interface Served {
  readonly table: EndpointTable;
  readonly functions: Pick<OperatorFunctions, 'describe'>;
}

/** Adds the routes of `APP_ID`. */
export async function addEndpointRoutes(
  server: FastifyInstance,
  served: Served,
  parts: EndpointParts,
): Promise<void> {
  const plugin: FastifyPluginAsync = async (scope) => {
    parts.useErrors(scope);
    // A signature is of the bytes, and a function reads any type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer' },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.addHook('onRequest', async ({ headers }, reply) => {
      void reply.header('cache-control', 'no-store');
      // Fastify refuses a type that is malformed; the function reads it where it came, among the raw headers.
      if (headers['content-type'] !== undefined) headers['content-type'] = ANY_TYPE;
    });
    scope.route<EndpointRoute>({
      method: [...ENDPOINT_METHODS],
      url: '/*',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { params } = request;
        const endpoint = findEndpoint(served.table, params, parts.appId, request.method, reply);
        request.facts.endpoint = nameOf(endpoint);
        return sendAnswer(reply, endpoint, await call(endpoint, request, served, parts));
      },
    });
  };
  await server.register(plugin, { prefix: '/app/:appId/endpoint' });
}

/** Fails with `BAD_REQUEST`: 404, or 405 with `Allow` (RFC 9110 section 15.5.6). */
function findEndpoint(
  table: EndpointTable,
  { '*': rest, appId }: EndpointRoute['Params'],
  servedId: string,
  method: string,
  reply: FastifyReply,
): Endpoint {
  const route = `/${rest}`;
  const endpoint = appId === servedId ? table.find(route, method) : undefined;
  if (endpoint !== undefined) return endpoint;
  const allowed = appId === servedId ? table.methodsOf(route) : [];
  if (allowed.length === 0) {
    throw new GatewayError(
      'BAD_REQUEST',
      {},
      { message: 'There is no such endpoint', status: 404 },
    );
  }
  void reply.header('allow', allowed.join(', '));
  const message = `The method must be one of ${allowed.join(', ')}`;
  throw new GatewayError('BAD_REQUEST', {}, { message, status: 405 });
}

async function call(
  endpoint: Endpoint,
  request: FastifyRequest,
  { functions }: Served,
  parts: EndpointParts,
): Promise<EndpointReturn> {
  const { createsUsers, functionName: name, proof, readsCustomData } = endpoint;
  const { endpointCalls } = parts.useCases(request);
  const query = readQueryString(request.url, proof.type === 'secret');
  if (proof.type !== 'none') {
    const signature = [request.headers['endpoint-signature']].flat()[0];
    const shown = { secret: query.secret, signature, body: bodyOf(request) };
    await endpointCalls.guess(async () => assertProof(proof, shown));
  }
  const facts = functions.describe(name);
  const hidesCredentials = facts === undefined || needsCaller(facts);
  const { publicUrl } = parts;
  const described = { endpoint, query, publicUrl, hidesCredentials };
  const asked = { name, ...describeEndpointRequest(request, described) };
  if (hidesCredentials) {
    return runForCaller(parts, request, createsUsers, (caller) =>
      endpointCalls.asCaller(caller, asked, readsCustomData),
    );
  }
  const { runAsSystem, runAsUserId } = facts;
  return runAsSystem || runAsUserId === undefined
    ? endpointCalls.asSystem(asked)
    : endpointCalls.asUser(runAsUserId, asked);
}
