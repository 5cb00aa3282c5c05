/**
 * The App Services client protocol, so that unmodified clients work: `realm-web` and the native SDKs.
 *
 * Routes only: what they do is done by the use cases that GraphQL calls too. `docs/realm.md` lists what
 * differs from the original.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { sendJson } from './answers.ts';
import { useApiKeys } from './api-key-routes.ts';
import { useEmailPassword } from './email-password-routes.ts';
import { useProtocolErrors } from './error-handler.ts';
import { useFunctions } from './function-routes.ts';
import { describeLocation } from './location.ts';
import { useLogIn } from './log-in-routes.ts';
import type { RealmParts } from './parts.ts';
import { appNotFound } from './protocol-error.ts';
import { useSession } from './session-routes.ts';

export { useProtocolErrors };

/** Adds every route of the protocol but GraphQL. */
export async function useRealmApi(server: FastifyInstance, parts: RealmParts): Promise<void> {
  const plugin: FastifyPluginAsync = async (api) => addRoutes(api, parts);
  await server.register(plugin, { prefix: parts.prefix });
}

async function addRoutes(api: FastifyInstance, parts: RealmParts): Promise<void> {
  useProtocolErrors(api, parts);
  api.addHook('onRequest', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });
  useSession(api, parts);
  useApiKeys(api, parts);
  const plugin: FastifyPluginAsync = async (app) => addAppRoutes(app, parts);
  await api.register(plugin, { prefix: '/app/:appId' });
}

function addAppRoutes(app: FastifyInstance, parts: RealmParts): void {
  app.addHook<{ Params: { readonly appId: string } }>('onRequest', async ({ params }) => {
    if (params.appId !== parts.appId) throw appNotFound(params.appId);
  });
  app.get('/location', async (request, reply) =>
    sendJson(reply, describeLocation(request, parts.publicUrl)),
  );
  useLogIn(app, parts);
  useEmailPassword(app, parts);
  useFunctions(app, parts);
}
