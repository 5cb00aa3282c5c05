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
import type { BuiltPages } from './built-pages.ts';
import { type EmailPage, type EmailPageConfig, openEmailPage } from './email-page.ts';
import { type Html, html } from './html-page.ts';

/** What the pages need. */
export interface EmailPagesParts extends Pick<ContextParts, 'useCases'> {
  readonly config: EmailPageConfig & {
    readonly email: Pick<EmailConfig, 'confirmation' | 'passwordMinLength' | 'reset'>;
  };
  readonly log: Log;
  readonly pages: BuiltPages;
}

type PagesParts = EmailPagesParts & {
  readonly pageFor: Awaited<ReturnType<typeof openEmailPage>>;
};

/** Largest form, in bytes. */
const FORM_LIMIT = 8192;

/**
 * Adds `/email/confirm` and `/email/reset-password`, each if the configuration has a use for it.
 *
 * @throws Error that lists every text of the operator that is not usable.
 */
export async function useEmailPages(
  server: FastifyInstance,
  parts: EmailPagesParts,
): Promise<void> {
  const { config, log, pages: built } = parts;
  const { confirmation, reset } = config.email;
  if (confirmation === 'automatic' && reset === 'off') return;
  const pageFor = await openEmailPage(config, { log, pages: built });
  const plugin: FastifyPluginAsync = async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT },
      async (_request: FastifyRequest, body: string) =>
        Object.fromEntries(new URLSearchParams(body)),
    );
    pages.setErrorHandler((error, request, reply) =>
      answerError(error as FastifyError, reply, {
        facts: request.facts,
        log,
        page: pageFor(request, reply),
      }),
    );
    if (confirmation !== 'automatic') addConfirmation(pages, { ...parts, pageFor });
    if (reset !== 'off') addReset(pages, { ...parts, pageFor });
  };
  await server.register(plugin);
}

function addConfirmation(pages: FastifyInstance, { pageFor, useCases }: PagesParts): void {
  pages.get('/email/confirm', async (request, reply) => {
    const { ask, say } = pageFor(request, reply);
    return ask(
      200,
      'confirmTitle',
      html`<form method="post" action="confirm">
${hiddenToken(request.query)}
<button type="submit" class="primary">${say('confirmButton')}</button>
</form>`,
    );
  });
  pages.post('/email/confirm', async (request, reply) => {
    try {
      await useCases(request).users.confirmUser(tokenFrom(request.body));
    } catch (error) {
      if (!isGatewayError(error, 'USER_ALREADY_CONFIRMED')) throw error;
    }
    const { say, tell } = pageFor(request, reply);
    return tell(200, 'confirmedTitle', html`<p>${say('confirmed')}</p>`);
  });
}

function addReset(pages: FastifyInstance, { config, pageFor, useCases }: PagesParts): void {
  const { passwordMinLength } = config.email;
  pages.get('/email/reset-password', async (request, reply) => {
    const page = pageFor(request, reply);
    return page.ask(200, 'resetTitle', passwordForm(page, passwordMinLength, request.query));
  });
  pages.post('/email/reset-password', async (request, reply) => {
    const { body } = request;
    const page = pageFor(request, reply);
    const { say } = page;
    const [password, repeated] = [textOf(body, 'password'), textOf(body, 'repeated')];
    const retry = (problem: string) =>
      page.ask(400, 'resetTitle', passwordForm(page, passwordMinLength, body, problem));
    if (password !== repeated) return retry(say('passwordsDiffer'));
    let purged: string;
    try {
      const purge = await useCases(request).users.resetPassword({ ...tokenFrom(body), password });
      purged = describePurge(purge, 'was');
    } catch (error) {
      if (!isGatewayError(error, 'BAD_USER_INPUT')) throw error;
      return retry(say('passwordRefused', { problem: error.message }));
    }
    const removed = purged === '' ? '' : html`\n<p>${say('removed', { problem: purged })}</p>`;
    return page.tell(200, 'resetDoneTitle', html`<p>${say('resetDone')}</p>${removed}`);
  });
}

function passwordForm(
  { say }: EmailPage,
  minLength: number,
  source: unknown,
  problem?: string,
): Html {
  return html`${problem === undefined ? '' : html`<p role="alert" id="problem">${problem}</p>`}
<form method="post" action="reset-password">
${hiddenToken(source)}
<label for="password">${say('newPassword')}</label>
${passwordInput('password', minLength, problem !== undefined)}
<label for="repeated">${say('repeatedPassword')}</label>
${passwordInput('repeated', minLength, problem !== undefined)}
<button type="submit" class="primary">${say('resetButton')}</button>
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
  {
    facts,
    log,
    page,
  }: Pick<FastifyRequest, 'facts'> & { readonly log: Log; readonly page: EmailPage },
): FastifyReply {
  const isClientFault = error.statusCode !== undefined && error.statusCode < 500;
  if (!isGatewayError(error) && isClientFault) {
    facts.errorCode = 'BAD_REQUEST';
    return tellProblem(page, error.statusCode ?? 400, page.say('malformedRequest'));
  }
  const meant = isGatewayError(error) ? error : maskError(log, error);
  facts.errorCode = meant.code;
  if (isWorthRetrying(meant)) {
    if (meant.code === 'SERVICE_UNAVAILABLE') log.warn({ err: meant }, 'service unavailable');
    void reply.header('retry-after', String(meant.details.retryAfterSeconds));
  }
  return tellProblem(page, meant.status === 200 ? 400 : meant.status, explain(page, meant));
}

function tellProblem({ tell }: EmailPage, status: number, problem: string): FastifyReply {
  return tell(status, 'failedTitle', html`<p role="alert">${problem}</p>`);
}

function explain({ say }: EmailPage, error: GatewayError): string {
  if (isGatewayError(error, 'EMAIL_TOKEN_INVALID')) {
    return say(error.details.reason === 'EXPIRED' ? 'linkExpired' : 'linkInvalid');
  }
  if (isGatewayError(error, 'INTERNAL_SERVER_ERROR')) return say('internalError', error.details);
  return say('otherError', { problem: error.message });
}
