/** How the pages that mails lead to answer: in the language of the browser, with the name of the app and a way back to it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { inBestLanguage } from '../mail/languages.ts';
import { loadPageTexts, type PageTextName, type PageTextValues } from '../mail/page-texts.ts';
import { fillPlaceholders } from '../mail/placeholders.ts';
import type { BuiltPages } from './built-pages.ts';
import { type Html, html, sendPage } from './html-page.ts';

/** What of the configuration shows on the pages. */
export type EmailPageConfig = Pick<Config, 'appId' | 'appName' | 'appUrl'> & {
  readonly email: Pick<Config['email'], 'language' | 'passwordMinLength' | 'templatesDir'>;
};

/** The pages for one request. */
export interface EmailPage {
  /** A text in its language. */
  readonly say: (
    name: PageTextName,
    values?: Pick<PageTextValues, 'errorId' | 'problem'>,
  ) => string;
  /** Answers with a form. */
  readonly ask: (status: number, title: PageTextName, form: Html) => FastifyReply;
  /** Answers what came of it, and where it goes on. */
  readonly tell: (status: number, title: PageTextName, body: Html) => FastifyReply;
}

/** All addresses are relative, as a proxy may have the gateway below a path of its own: the pages are at `/email/…`. */
const ASSETS = '../assets/';

/**
 * Reads texts and style sheet. Without the built pages, as a gateway has them that was compiled and no more, they have
 * no style sheet.
 *
 * @throws Error that lists every text that is not usable.
 */
export async function openEmailPage(
  { appId, appName: app = appId, appUrl, email }: EmailPageConfig,
  { log, pages }: { readonly log: Log; readonly pages: BuiltPages },
): Promise<(request: FastifyRequest, reply: FastifyReply) => EmailPage> {
  const texts = await loadPageTexts(email.templatesDir, email.language);
  const built = await pages.read();
  if (built === null) log.warn('the pages were not built and have no style sheet');
  const style = built === null ? undefined : `${ASSETS}${built.email.style}`;
  return (request, reply) => {
    const { content, language } = inBestLanguage(texts, [request.headers['accept-language']]);
    const say: EmailPage['say'] = (name, values) =>
      fillPlaceholders(content[name], { ...values, app, characters: email.passwordMinLength });
    const ask: EmailPage['ask'] = (status, title, body) =>
      sendPage(reply, status, { app, language, title: say(title), body, style });
    const back =
      appUrl === undefined
        ? ''
        : html`\n<p class="back"><a href="${appUrl}" rel="noreferrer">${say('backToApp')}</a></p>`;
    return { say, ask, tell: (status, title, body) => ask(status, title, html`${body}${back}`) };
  };
}
