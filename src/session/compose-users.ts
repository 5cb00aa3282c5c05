/** Makes everything about users from the configuration: who may log in, and the use cases of accounts. */
import { LINK_MINUTES } from '../account/email-tokens.ts';
import type { Config, OpenIdConfig } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { type Deadline, suspending } from '../deadline.ts';
import { readJsonFile } from '../json-file.ts';
import type { Log } from '../log.ts';
import { createUserMails, type UserMails } from '../mail/user-mails.ts';
import type { Store } from '../store/port.ts';
import { createExternalIssuers } from '../token/external-issuers.ts';
import { parseExternalIssuers } from '../token/issuers-config.ts';
import { createIdTokens } from '../token/openid.ts';
import type { CredentialCheck } from './log-in.ts';
import { openUsers, type UsersInStore } from './open-users.ts';
import type { OperatorFunctions } from './operator-functions.ts';
import { createUsers, type Users } from './users.ts';

/** What the composition takes. */
export interface ComposeUsersParts {
  readonly config: Config;
  readonly customData: CustomData;
  readonly functions: OperatorFunctions;
  /** URL that clients reach the gateway under, known once listening. */
  readonly publicUrl: () => string;
  readonly store: Store;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What the use cases of one request are made of. */
export type RequestUsers = CredentialCheck & UsersInStore;

/** Everything about users. */
export interface ComposedUsers {
  readonly within: (deadline: Deadline) => RequestUsers;
  /** The use cases of accounts of the same request. */
  readonly createUsers: (request: RequestUsers, deadline: Deadline) => Users;
  /** Begins with what goes on by itself; to be called when the gateway listens. */
  readonly start: () => void;
  /** Ends that, and the connections to the mail server. */
  readonly close: () => Promise<void>;
}

/**
 * Makes the use cases.
 *
 * @throws Error if a file or a template that the configuration names is not usable.
 */
export async function composeUsers(parts: ComposeUsersParts): Promise<ComposedUsers> {
  const { config, customData, functions, log, now, store } = parts;
  const { auth: authFunctions, canLogIn } = functions;
  const providers = config.providers.filter((name) => canLogIn || name !== 'custom-function');
  const issuersFile = await readJsonFile('CUSTOM_JWT_ISSUERS_FILE', config.customJwtIssuersFile);
  const idTokens = (provider: OpenIdConfig | undefined, allowBareIssuer: boolean) =>
    provider === undefined ? null : createIdTokens({ ...provider, allowBareIssuer }, { now });
  const { mails, close: closeMails } = await createMails(config, parts.publicUrl);
  const stored = await openUsers({
    ...{ store, customData, authFunctions, log, now },
    deletesDocument: config.customData.deleteWithUser,
    hasCreationFunction: config.functions.onUserCreation !== undefined,
    functionTimeoutSeconds: config.functions.timeoutSeconds,
  });
  const externalIssuers = createExternalIssuers(parseExternalIssuers(issuersFile ?? []), { now });
  const google = idTokens(config.google, true);
  const apple = idTokens(config.apple, false);
  const within = (deadline: Deadline): RequestUsers => ({
    ...stored.within(deadline),
    providers,
    authFunctions: suspending(deadline, authFunctions),
    externalIssuers: suspending(deadline, externalIssuers),
    google: google && suspending(deadline, google),
    apple: apple && suspending(deadline, apple),
  });
  const { email } = config;
  const close = async () => {
    await stored.sweep.stop();
    closeMails();
  };
  return {
    within,
    createUsers: (request, deadline) =>
      createUsers({ ...request, email, mails: mails && suspending(deadline, mails), log, now }),
    start: stored.sweep.start,
    close,
  };
}

/** The mails; without a mail server there are none, and nothing of the library is loaded. */
async function createMails(
  { appId, email }: Config,
  publicUrl: () => string,
): Promise<{ readonly mails: UserMails | null; readonly close: () => void }> {
  if (email.smtpUrl === undefined || email.from === undefined) {
    return { mails: null, close: () => undefined };
  }
  const [{ createMailer }, { loadTemplates }] = await Promise.all([
    import('../mail/mailer.ts'),
    import('../mail/templates.ts'),
  ]);
  const mailer = createMailer({ url: email.smtpUrl, from: email.from });
  const mails = createUserMails({
    mailer,
    templates: await loadTemplates(email.templatesDir),
    app: appId,
    confirmationUrl: () => email.confirmationUrl ?? `${publicUrl()}/email/confirm`,
    resetUrl: () => email.resetUrl ?? `${publicUrl()}/email/reset-password`,
    minutes: LINK_MINUTES,
  });
  return { mails, close: mailer.close };
}
