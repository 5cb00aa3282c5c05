/**
 * The pages that links in mails lead to, unless the operator has pages of their own.
 *
 * Opening a page changes nothing: mail scanners open every link, and must not use its token up. The
 * form on it does, by a POST.
 */
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import type { EmailConfig } from '../config.ts';
import { type GatewayError, isGatewayError, isWorthRetrying } from '../errors.ts';
import type { ContextParts } from '../graphql/context.ts';
import type { Log } from '../log.ts';
import { maskError } from '../mask-error.ts';
import { describePurge } from '../session/purge.ts';
import { type Html, html, sendPage } from './html-page.ts';

/** What the pages need. */
export interface EmailPagesParts extends Pick<ContextParts, 'useCases'> {
  readonly email: Pick<EmailConfig, 'confirmation' | 'passwordMinLength' | 'reset'>;
  readonly log: Log;
  /** Name of the app. */
  readonly app: string;
}

/** Largest form, in bytes. */
const FORM_LIMIT = 8192;

const CONFIRM_TITLE = 'Confirm your e-mail address';
const RESET_TITLE = 'Choose a new password';

/** Adds `/email/confirm` and `/email/reset-password`, each if the configuration has a use for it. */
export async function useEmailPages(
  server: FastifyInstance,
  parts: EmailPagesParts,
): Promise<void> {
  const { app, email, log } = parts;
  const plugin: FastifyPluginAsync = async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT },
      async (_request: FastifyRequest, body: string) =>
        Object.fromEntries(new URLSearchParams(body)),
    );
    pages.setErrorHandler((error, { facts }, reply) =>
      answerError(error as FastifyError, reply, { app, facts, log }),
    );
    if (email.confirmation !== 'automatic') addConfirmation(pages, parts);
    if (email.reset !== 'off') addReset(pages, parts);
  };
  await server.register(plugin);
}

function addConfirmation(pages: FastifyInstance, { app, useCases }: EmailPagesParts): void {
  pages.get('/email/confirm', async ({ query }, reply) =>
    sendPage(reply, 200, {
      app,
      title: CONFIRM_TITLE,
      body: html`<form method="post" action="confirm">
${hiddenToken(query)}
<button type="submit">Confirm</button>
</form>`,
    }),
  );
  pages.post('/email/confirm', async (request, reply) => {
    try {
      await useCases(request).users.confirmUser(tokenFrom(request.body));
    } catch (error) {
      if (!isGatewayError(error, 'USER_ALREADY_CONFIRMED')) throw error;
    }
    const text = html`<p>Thank you. You can close this page and log in.</p>`;
    return sendPage(reply, 200, { app, title: 'Your e-mail address is confirmed', body: text });
  });
}

function addReset(pages: FastifyInstance, { app, email, useCases }: EmailPagesParts): void {
  const { passwordMinLength } = email;
  pages.get('/email/reset-password', async ({ query }, reply) =>
    sendPage(reply, 200, { app, title: RESET_TITLE, body: passwordForm(passwordMinLength, query) }),
  );
  pages.post('/email/reset-password', async (request, reply) => {
    const { body } = request;
    const [password, repeated] = [textOf(body, 'password'), textOf(body, 'repeated')];
    const retry = (problem: string) =>
      sendPage(reply, 400, {
        app,
        title: RESET_TITLE,
        body: passwordForm(passwordMinLength, body, problem),
      });
    if (password !== repeated) return retry('The two passwords are not the same.');
    let purged: string;
    try {
      const purge = await useCases(request).users.resetPassword({ ...tokenFrom(body), password });
      purged = describePurge(purge, 'was');
    } catch (error) {
      if (isGatewayError(error, 'BAD_USER_INPUT')) return retry(`${error.message}.`);
      throw error;
    }
    const text = html`<p>All devices were logged out. You can close this page and log in.</p>
${purged === '' ? '' : html`<p>${purged}</p>`}`;
    return sendPage(reply, 200, { app, title: 'Your new password is set', body: text });
  });
}

function passwordForm(minLength: number, source: unknown, problem?: string): Html {
  return html`${problem === undefined ? '' : html`<p role="alert" id="problem">${problem}</p>`}
<form method="post" action="reset-password">
${hiddenToken(source)}
<label for="password">New password, at least ${String(minLength)} characters</label>
${passwordInput('password', minLength, problem !== undefined)}
<label for="repeated">The same again</label>
${passwordInput('repeated', minLength, problem !== undefined)}
<button type="submit">Set the password</button>
</form>`;
}

function passwordInput(name: string, minLength: number, hasProblem: boolean): Html {
  const described = hasProblem ? html` aria-describedby="problem"` : '';
  return html`<input type="password" id="${name}" name="${name}" autocomplete="new-password" required minlength="${String(minLength)}" maxlength="128"${described}>`;
}

function hiddenToken(source: unknown): Html {
  const { token, tokenId } = tokenFrom(source);
  return html`<input type="hidden" name="token" value="${token}">
<input type="hidden" name="tokenId" value="${tokenId}">`;
}

function tokenFrom(source: unknown): { readonly token: string; readonly tokenId: string } {
  return { token: textOf(source, 'token'), tokenId: textOf(source, 'tokenId') };
}

/** A field of a form or a query; one that is absent, or there twice, is empty. */
function textOf(source: unknown, name: string): string {
  const value = (source as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

function answerError(
  error: FastifyError,
  reply: FastifyReply,
  { app, facts, log }: Pick<FastifyRequest, 'facts'> & Pick<EmailPagesParts, 'app' | 'log'>,
): FastifyReply {
  const isClientFault = error.statusCode !== undefined && error.statusCode < 500;
  if (!isGatewayError(error) && isClientFault) {
    facts.errorCode = 'BAD_REQUEST';
    return sendProblem(reply, app, {
      status: error.statusCode ?? 400,
      problem: 'The request is malformed.',
    });
  }
  const meant = isGatewayError(error) ? error : maskError(log, error);
  facts.errorCode = meant.code;
  if (isWorthRetrying(meant)) {
    if (meant.code === 'SERVICE_UNAVAILABLE') log.warn({ err: meant }, 'service unavailable');
    void reply.header('retry-after', String(meant.details.retryAfterSeconds));
  }
  const status = meant.status === 200 ? 400 : meant.status;
  return sendProblem(reply, app, { status, problem: explain(meant) });
}

function sendProblem(
  reply: FastifyReply,
  app: string,
  { status, problem }: { readonly status: number; readonly problem: string },
): FastifyReply {
  const body = html`<p role="alert">${problem}</p>`;
  return sendPage(reply, status, { app, title: 'That did not work', body });
}

function explain(error: GatewayError): string {
  if (isGatewayError(error, 'EMAIL_TOKEN_INVALID')) {
    return error.details.reason === 'EXPIRED'
      ? 'The link has expired. Ask for a new one.'
      : 'The link is not valid. It may have been used already, or there is a newer one.';
  }
  if (isGatewayError(error, 'INTERNAL_SERVER_ERROR')) {
    return `Something went wrong here. The number of the error is ${error.details.errorId}.`;
  }
  return `${error.message}.`;
}
