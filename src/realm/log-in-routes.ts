/** Log-in and linking (rows 2 and 21 of the protocol's table). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ObjectId } from '../bson.ts';
import { isGatewayError } from '../errors.ts';
import type { Credentials } from '../session/log-in.ts';
import type { UseCases } from '../session/use-cases.ts';
import { isPlainObject } from '../values/documents.ts';
import { sendJson } from './answers.ts';
import { requireCaller } from './bearers.ts';
import { type Body, readBody } from './bodies.ts';
import { readCredentials } from './credentials.ts';
import type { RealmParts } from './parts.ts';
import { notSupported, ProtocolError } from './protocol-error.ts';

const DEVICE_ID = /^[0-9a-f]{24}$/;
/** What clients send that have no device id yet. */
const NO_DEVICE_ID = '0'.repeat(24);

interface LogInRoute {
  readonly Params: { readonly provider: string };
  readonly Querystring: { readonly link?: string };
}

/** The id that the client goes by already, or a new one for it to keep. */
function deviceIdOf({ options }: Body): string {
  const device = isPlainObject(options) && isPlainObject(options.device) ? options.device : {};
  const { deviceId } = device;
  const isId = typeof deviceId === 'string' && DEVICE_ID.test(deviceId);
  return isId && deviceId !== NO_DEVICE_ID ? deviceId : new ObjectId().toHexString();
}

/** Adds the routes of one app. */
export function useLogIn(app: FastifyInstance, parts: RealmParts): void {
  app.post<LogInRoute>('/auth/providers/:provider/login', async (request, reply) => {
    const body = readBody(request.body);
    const attempt = {
      credentials: readCredentials(request.params.provider, body),
      deviceId: deviceIdOf(body),
    };
    if (request.query.link === 'true') return link(parts, attempt, request, reply);
    return logIn(parts.useCases(request), attempt, reply);
  });
  app.get<LogInRoute>('/auth/providers/:provider/login', async (request, reply) => {
    // Stitch clients before 4.0 log in anonymously so; for every other provider it is a redirect.
    if (request.params.provider !== 'anon-user') throw notSupported('Log-in by redirect is');
    const attempt = { credentials: { provider: 'anonymous' }, deviceId: deviceIdOf({}) } as const;
    return logIn(parts.useCases(request), attempt, reply);
  });
}

interface Attempt {
  readonly credentials: Credentials;
  readonly deviceId: string;
}

async function logIn(
  { sessions }: Pick<UseCases, 'sessions'>,
  { credentials, deviceId }: Attempt,
  reply: FastifyReply,
) {
  try {
    const issued = await sessions.logIn(credentials, 'fixed');
    return sendJson(reply, {
      access_token: issued.accessToken,
      refresh_token: issued.refreshToken,
      user_id: issued.claims.userId,
      device_id: deviceId,
    });
  } catch (error) {
    throw describeRefusal(error, credentials);
  }
}

/** The refresh token stays; clients ignore one in this answer. */
async function link(
  { useCases, ...bearers }: RealmParts,
  { credentials, deviceId }: Attempt,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const caller = await requireCaller(bearers, request);
  const { sessions, users } = useCases(request);
  try {
    await users.linkCredentials(caller, credentials);
  } catch (error) {
    throw describeLinkRefusal(error, credentials);
  }
  const { accessToken } = await sessions.refreshCustomData(caller);
  return sendJson(reply, {
    access_token: accessToken,
    user_id: caller.userId,
    device_id: deviceId,
  });
}

/** What clients are told of refused credentials; they test for the text `unauthorized`. */
function describeRefusal(error: unknown, { provider }: Credentials): unknown {
  if (!isGatewayError(error, 'INVALID_CREDENTIALS') || error.details.reason !== undefined) {
    return error;
  }
  if (provider === 'email-password') {
    return new ProtocolError(401, 'unauthorized', 'InvalidPassword');
  }
  return isByFunction(error, provider) ? new ProtocolError(401, error.message, 'AuthError') : error;
}

/** Whether the text is that of the operator's own error, which the original passed on. */
function isByFunction({ cause }: Error, provider: Credentials['provider']): boolean {
  return provider === 'custom-function' && cause !== undefined;
}

/** The same for a link: never 401, which makes realm-web try again without end. */
function describeLinkRefusal(error: unknown, { provider }: Credentials): unknown {
  if (!isGatewayError(error, 'INVALID_CREDENTIALS')) return error;
  if (provider === 'email-password') {
    return new ProtocolError(400, 'invalid username/password', 'InvalidPassword');
  }
  const text = isByFunction(error, provider) ? error.message : 'the credentials were refused';
  return new ProtocolError(400, text, 'AuthError');
}
