/** Registration, confirmation and reset of e-mail/password users (rows 9 to 15). */
import type { FastifyInstance } from 'fastify';
import { isGatewayError } from '../errors.ts';
import type { Users } from '../session/users.ts';
import { sendNothing } from './answers.ts';
import { type Body, readArguments, readBody, readText } from './bodies.ts';
import type { RealmParts } from './parts.ts';
import { badRequest } from './protocol-error.ts';

const PROVIDER = '/auth/providers/local-userpass';

/** Adds the routes of one app. */
export function useEmailPassword(
  app: FastifyInstance,
  { passwordMinLength, useCases }: RealmParts,
): void {
  type Run = (users: Users, body: Body) => Promise<unknown>;
  const post = (path: string, run: Run, status?: number) =>
    app.post(`${PROVIDER}${path}`, async (request, reply) => {
      await run(useCases(request).users, readBody(request.body)).catch((error: unknown) => {
        throw toOriginal(error, passwordMinLength);
      });
      return sendNothing(reply, status);
    });

  post('/register', async (users, body) => users.registerUser(readEmailPassword(body)), 201);
  post('/confirm', async (users, body) => users.confirmUser(readEmailToken(body)));
  post('/confirm/send', async (users, body) => users.sendConfirmation(readText(body, 'email')));
  post('/confirm/call', async (users, body) => users.retryConfirmation(readText(body, 'email')));
  post('/reset', async (users, body) =>
    users.resetPassword({ ...readEmailToken(body), password: readText(body, 'password') }),
  );
  post('/reset/send', async (users, body) => users.sendResetPasswordEmail(readText(body, 'email')));
  post('/reset/call', async (users, body) =>
    users.callResetPasswordFunction({ ...readEmailPassword(body), args: readArguments(body) }),
  );
}

function readEmailPassword(body: Body): { email: string; password: string } {
  return { email: readText(body, 'email'), password: readText(body, 'password') };
}

function readEmailToken(body: Body): { token: string; tokenId: string } {
  return { token: readText(body, 'token'), tokenId: readText(body, 'tokenId') };
}

/** Clients test for the original's texts, but for the number in that of passwords. */
function toOriginal(error: unknown, minLength: number): unknown {
  if (!isGatewayError(error, 'BAD_USER_INPUT')) return error;
  const { path, reason } = error.details;
  if (path === '/email') return badRequest('email invalid');
  if (path !== '/password' || reason === 'PASSWORD_TOO_COMMON') return badRequest(error.message);
  return badRequest(`password must be between ${minLength} and 128 characters`);
}
