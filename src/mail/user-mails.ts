/** The mails that users get, with links that lead back to the gateway or to the operator's pages. */
import type { Config } from '../config.ts';
import type { TemplateName } from './built-in-templates.ts';
import { inBestLanguage } from './languages.ts';
import { fillTemplate, loadTemplates } from './templates.ts';

/** What a link carries. */
export interface LinkToken {
  readonly token: string;
  readonly tokenId: string;
}

/** What a mail is for. */
export type MailKind = 'confirmation' | 'reset';

/** Sends a mail, and is told by that what comes of it. Fails as `send` does. */
export type ObserveMail = (kind: MailKind, send: () => Promise<void>) => Promise<void>;

/** Who gets a mail, and what for. */
export interface Recipient {
  readonly email: string;
  readonly token: LinkToken;
  /** What they read, as `inBestLanguage` takes it. */
  readonly languages: readonly (string | undefined)[];
}

/** Sends the mails. Each fails as `Mailer.send` does. */
export interface UserMails {
  sendConfirmation(to: Recipient): Promise<void>;
  /** `removal` says what else a new password changes; empty: nothing. */
  sendReset(to: Recipient, removal: string): Promise<void>;
}

/**
 * Opens the mails; without a mail server there are none, and nothing of the library is loaded. `publicUrl` is
 * known only once the gateway listens; the links live `minutes`; `observe` sends each mail.
 *
 * @throws Error that lists every template that is not usable.
 */
export async function openUserMails(
  { appId, appName = appId, email: config }: Pick<Config, 'appId' | 'appName' | 'email'>,
  publicUrl: () => string,
  minutes: number,
  observe: ObserveMail = (_kind, send) => send(),
): Promise<{ readonly mails: UserMails | null; readonly close: () => void }> {
  const { from, language, smtpUrl, templatesDir } = config;
  if (smtpUrl === undefined || from === undefined) return { mails: null, close: () => undefined };
  const { createMailer } = await import('./mailer.ts');
  const mailer = createMailer(smtpUrl, from);
  const templates = await loadTemplates(templatesDir, language);
  const send = (
    name: TemplateName,
    { email, languages, token: { token, tokenId } }: Recipient,
    { page, removal = '' }: { readonly page: string; readonly removal?: string },
  ) => {
    const link = `${page}?${new URLSearchParams({ token, tokenId })}`;
    const values = { link, email, app: appName, minutes, removal };
    const { content } = inBestLanguage(templates[name], languages);
    return mailer.send({ to: email, ...fillTemplate(content, values) });
  };
  const mails: UserMails = {
    sendConfirmation(to) {
      const page = config.confirmationUrl ?? `${publicUrl()}/email/confirm`;
      return observe('confirmation', () => send('confirm-email', to, { page }));
    },
    sendReset(to, removal) {
      const page = config.resetUrl ?? `${publicUrl()}/email/reset-password`;
      return observe('reset', () => send('reset-password', to, { page, removal }));
    },
  };
  return { mails, close: mailer.close };
}
