/** Functions and the `mongodb-atlas` service: one route for both (rows 6 to 8). */
import type { FastifyInstance } from 'fastify';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { describeRequest } from '../session/operator-functions.ts';
import { isPlainObject } from '../values/documents.ts';
import { sendJson } from './answers.ts';
import { requireCaller } from './bearers.ts';
import { type Body, readArguments, readBody, readText } from './bodies.ts';
import type { RealmParts } from './parts.ts';
import { badRequest, notSupported } from './protocol-error.ts';

/** Adds the routes of one app. */
export function useFunctions(app: FastifyInstance, parts: RealmParts): void {
  app.post('/functions/call', async (request, reply) => {
    const caller = await requireCaller(parts, request);
    const { clientAccess, functionCalls } = parts.useCases(request);
    const body = readBody(request.body);
    const name = readText(body, 'name');
    const args = readArguments(body);
    const result = isServiceCall(body)
      ? await clientAccess.run(caller, { name, argument: readServiceArgument(args) })
      : await functionCalls.call(caller, name, args, describeRequest(request));
    return sendJson(reply, formatExtendedJson(result, 'canonical'));
  });
  app.get('/functions/call', async () => {
    throw notSupported('Streaming (watch, callFunctionStreaming) is');
  });
  app.route({
    method: ['PUT', 'DELETE'],
    url: '/push/providers/:service/registration',
    handler: async () => {
      throw notSupported('Push notifications are');
    },
  });
}

/** Apps name their data source as they like, and there is one here, so any name will do. */
function isServiceCall({ service }: Body): boolean {
  return typeof service === 'string' && service !== '';
}

function readServiceArgument(args: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [argument] = args;
  if (args.length === 1 && isPlainObject(argument)) return argument;
  throw badRequest('a service takes one argument, an object');
}
