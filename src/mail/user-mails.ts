/** The mails that users get, with links that lead back to the gateway or to the operator's pages. */
import type { TemplateName } from './built-in-templates.ts';
import type { Mailer } from './mailer.ts';
import { fillTemplate, type MailTemplates } from './templates.ts';

/** What a link carries. */
export interface LinkToken {
  readonly token: string;
  readonly tokenId: string;
}

/** Sends the mails. Each fails as `Mailer.send` does. */
export interface UserMails {
  sendConfirmation(email: string, token: LinkToken): Promise<void>;
  /** `removal` says what else a new password changes; empty: nothing. */
  sendReset(email: string, token: LinkToken, removal: string): Promise<void>;
}

/** What the mails are made of. */
export interface UserMailParts {
  readonly mailer: Mailer;
  readonly templates: MailTemplates;
  /** The app id, which the mails name. */
  readonly app: string;
  /** Page that confirms. Asked each time: the URL may be known only once the gateway listens. */
  readonly confirmationUrl: () => string;
  /** Page that resets. */
  readonly resetUrl: () => string;
  /** Minutes that the links live. */
  readonly minutes: number;
}

/** Creates the mails. */
export function createUserMails(parts: UserMailParts): UserMails {
  const { app, mailer, minutes, templates } = parts;
  const send = (name: TemplateName, email: string, link: string, removal = '') =>
    mailer.send({
      to: email,
      ...fillTemplate(templates[name], { link, email, app, minutes, removal }),
    });
  return {
    sendConfirmation: (email, token) =>
      send('confirm-email', email, toLink(parts.confirmationUrl(), token)),
    sendReset: (email, token, removal) =>
      send('reset-password', email, toLink(parts.resetUrl(), token), removal),
  };
}

function toLink(page: string, { token, tokenId }: LinkToken): string {
  return `${page}?${new URLSearchParams({ token, tokenId })}`;
}
