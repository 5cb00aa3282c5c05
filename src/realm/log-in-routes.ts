/** Log-in and linking (rows 2 and 21 of the protocol's table). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isGatewayError } from '../errors.ts';
import type { Credentials } from '../session/log-in.ts';
import type { UseCases } from '../session/use-cases.ts';
import { sendJson } from './answers.ts';
import { requireCaller } from './bearers.ts';
import { readBody } from './bodies.ts';
import { readCredentials } from './credentials.ts';
import type { RealmParts } from './parts.ts';
import { notSupported, ProtocolError } from './protocol-error.ts';

/** Clients need 24 hex digits; zeros mean that there is no device. */
const NO_DEVICE = '0'.repeat(24);

interface LogInRoute {
  readonly Params: { readonly provider: string };
  readonly Querystring: { readonly link?: string };
}

/** Adds the routes of one app. */
export function useLogIn(app: FastifyInstance, parts: RealmParts): void {
  app.post<LogInRoute>('/auth/providers/:provider/login', async (request, reply) => {
    const credentials = readCredentials(request.params.provider, readBody(request.body));
    if (request.query.link === 'true') return link(parts, credentials, request, reply);
    return logIn(parts.useCases(request), credentials, reply);
  });
  app.get('/auth/providers/:provider/login', async () => {
    throw notSupported('Log-in by redirect is');
  });
}

async function logIn(
  { sessions }: Pick<UseCases, 'sessions'>,
  credentials: Credentials,
  reply: FastifyReply,
) {
  try {
    const issued = await sessions.logIn(credentials, { refresh: 'fixed' });
    return sendJson(reply, {
      access_token: issued.accessToken,
      refresh_token: issued.refreshToken,
      user_id: issued.claims.userId,
      device_id: NO_DEVICE,
    });
  } catch (error) {
    throw describeRefusal(error, credentials);
  }
}

/** The refresh token stays; clients ignore one in this answer. */
async function link(
  { useCases, ...bearers }: RealmParts,
  credentials: Credentials,
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
    device_id: NO_DEVICE,
  });
}

/** What clients are told of refused credentials; they test for the text `unauthorized`. */
function describeRefusal(error: unknown, { provider }: Credentials): unknown {
  if (!isGatewayError(error, 'INVALID_CREDENTIALS') || error.details.reason !== undefined) {
    return error;
  }
  const status = 401;
  if (provider === 'email-password') {
    return new ProtocolError({ status, error: 'unauthorized', code: 'InvalidPassword' });
  }
  return isByFunction(error, provider)
    ? new ProtocolError({ status, error: error.message, code: 'AuthError' })
    : error;
}

/** Whether the text is that of the operator's own error, which the original passed on. */
function isByFunction({ cause }: Error, provider: Credentials['provider']): boolean {
  return provider === 'custom-function' && cause !== undefined;
}

/** The same for a link: never 401, which makes realm-web try again without end. */
function describeLinkRefusal(error: unknown, { provider }: Credentials): unknown {
  if (!isGatewayError(error, 'INVALID_CREDENTIALS')) return error;
  const status = 400;
  if (provider === 'email-password') {
    return new ProtocolError({
      status,
      error: 'invalid username/password',
      code: 'InvalidPassword',
    });
  }
  const text = isByFunction(error, provider) ? error.message : 'the credentials were refused';
  return new ProtocolError({ status, error: text, code: 'AuthError' });
}
