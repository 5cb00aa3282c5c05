/** Profile, session and deletion: routes without an app in their path (rows 3 to 5 and 22). */
import type { FastifyInstance } from 'fastify';
import { isGatewayError } from '../errors.ts';
import { sendJson, sendNothing } from './answers.ts';
import { requireBearer, requireCaller } from './bearers.ts';
import type { RealmParts } from './parts.ts';
import { describeProfile } from './profile.ts';
import { ProtocolError } from './protocol-error.ts';

/** Adds the routes. */
export function useSession(server: FastifyInstance, parts: RealmParts): void {
  const { appId, useCases } = parts;

  server.get('/auth/profile', async (request, reply) => {
    const caller = await requireCaller(parts, request);
    const { profile, document } = await useCases(request).sessions.readProfile(caller);
    return sendJson(reply, describeProfile(profile, document, appId));
  });

  server.post('/auth/session', async (request, reply) => {
    const { sessions } = useCases(request);
    const { accessToken } = await sessions.reissueAccess(requireBearer(request));
    return sendJson(reply, { access_token: accessToken }, 201);
  });

  server.delete('/auth/session', async (request, reply) => {
    const { sessions } = useCases(request);
    await sessions.endSession(requireBearer(request)).catch(rethrowAsMissing);
    return sendNothing(reply);
  });

  server.delete('/auth/delete', async (request, reply) => {
    const caller = await requireCaller(parts, request);
    await useCases(request).users.deleteUser(caller);
    return sendNothing(reply);
  });
}

/** By this text realm-web knows that there is nothing left to log out of, and goes on. */
function rethrowAsMissing(error: unknown): never {
  if (!isGatewayError(error, 'UNAUTHENTICATED')) throw error;
  throw new ProtocolError(401, 'invalid session: failed to find refresh token', 'InvalidSession');
}
