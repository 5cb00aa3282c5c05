/** API keys of the caller, who presents a refresh token (rows 16 to 20). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey, CreatedApiKey } from '../session/users.ts';
import type { JsonObject } from '../token/claims.ts';
import { sendJson, sendNothing } from './answers.ts';
import { requireBearer } from './bearers.ts';
import { readBody, readText } from './bodies.ts';
import type { RealmParts } from './parts.ts';

interface KeyRoute {
  readonly Params: { readonly id: string };
}

/** Adds the routes. */
export function useApiKeys(server: FastifyInstance, { sessions, users }: RealmParts): void {
  const identify = (request: FastifyRequest) => sessions.identify(requireBearer(request));

  server.post('/auth/api_keys', async (request, reply) => {
    const caller = await identify(request);
    const created = await users.createApiKey(caller, readText(readBody(request.body), 'name'));
    return sendJson(reply, describeKey(created), 201);
  });
  server.get('/auth/api_keys', async (request, reply) => {
    const keys = await users.listApiKeys(await identify(request));
    return sendJson(reply, keys.map(describeKey));
  });
  server.get<KeyRoute>('/auth/api_keys/:id', async (request, reply) => {
    const key = await users.findApiKey(await identify(request), request.params.id);
    return sendJson(reply, describeKey(key));
  });
  server.delete<KeyRoute>('/auth/api_keys/:id', async (request, reply) => {
    await users.deleteApiKey(await identify(request), request.params.id);
    return sendNothing(reply);
  });
  server.put<KeyRoute>('/auth/api_keys/:id/enable', async (request, reply) => {
    await users.enableApiKey(await identify(request), request.params.id);
    return sendNothing(reply);
  });
  server.put<KeyRoute>('/auth/api_keys/:id/disable', async (request, reply) => {
    await users.disableApiKey(await identify(request), request.params.id);
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
