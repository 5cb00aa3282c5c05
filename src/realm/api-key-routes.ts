/** API keys of the caller, who presents a refresh token (rows 16 to 20). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey, CreatedApiKey } from '../session/users.ts';
import type { JsonObject } from '../values/json.ts';
import { sendJson, sendNothing } from './answers.ts';
import { requireBearer } from './bearers.ts';
import { readBody, readText } from './bodies.ts';
import type { RealmParts } from './parts.ts';

interface KeyRoute {
  readonly Params: { readonly id: string };
}

/** Adds the routes. */
export function useApiKeys(server: FastifyInstance, { useCases }: RealmParts): void {
  /** The use cases of the request, and who asks. */
  const open = async (request: FastifyRequest) => {
    const { sessions, users } = useCases(request);
    return { caller: await sessions.identify(requireBearer(request)), users };
  };

  server.post('/auth/api_keys', async (request, reply) => {
    const { caller, users } = await open(request);
    const created = await users.createApiKey(caller, readText(readBody(request.body), 'name'));
    return sendJson(reply, describeKey(created), 201);
  });
  server.get('/auth/api_keys', async (request, reply) => {
    const { caller, users } = await open(request);
    const keys = await users.listApiKeys(caller);
    return sendJson(reply, keys.map(describeKey));
  });
  server.get<KeyRoute>('/auth/api_keys/:id', async (request, reply) => {
    const { caller, users } = await open(request);
    const key = await users.findApiKey(caller, request.params.id);
    return sendJson(reply, describeKey(key));
  });
  server.delete<KeyRoute>('/auth/api_keys/:id', async (request, reply) => {
    const { caller, users } = await open(request);
    await users.deleteApiKey(caller, request.params.id);
    return sendNothing(reply);
  });
  server.put<KeyRoute>('/auth/api_keys/:id/enable', async (request, reply) => {
    const { caller, users } = await open(request);
    await users.enableApiKey(caller, request.params.id);
    return sendNothing(reply);
  });
  server.put<KeyRoute>('/auth/api_keys/:id/disable', async (request, reply) => {
    const { caller, users } = await open(request);
    await users.disableApiKey(caller, request.params.id);
    return sendNothing(reply);
  });
}

/** Native clients read `_id` as text, so no Extended JSON here. */
function describeKey(key: ApiKey | CreatedApiKey): JsonObject {
  return {
    _id: key.id,
    ...('key' in key ? { key: key.key } : {}),
    name: key.name,
    disabled: key.isDisabled,
  };
}
