/** Checks of what others run: issuers of tokens, and the mail server. */
import type { Config } from '../../config.ts';
import { readJsonFile } from '../../json-file.ts';
import { describeError } from '../command-line.ts';
import { type Check, count, type Finding, within } from './checks.ts';

const ISSUER_LIMIT = 5000;
const MAIL_LIMIT = 10_000;

/** An issuer whose keys are fetched. */
interface RemoteIssuer {
  readonly name: string;
  readonly countKeys: () => Promise<number>;
}

/** The issuers whose tokens are accepted: their keys are fetched once. */
export function checkIssuers(config: Config): Check {
  return {
    name: 'issuers',
    tried:
      'fetch the keys of each issuer of CUSTOM_JWT_ISSUERS_FILE, GOOGLE_ISSUER and APPLE_ISSUER',
    remedy:
      'Correct the issuer, or see that this machine reaches it: until then log-ins with its tokens fail',
    limit: ISSUER_LIMIT + 1000,
    run: async () => {
      const { remote, local } = await listIssuers(config);
      if (remote.length + local === 0) return { status: 'skipped', found: 'none is configured' };
      const outcomes = await Promise.all(remote.map(fetchOnce));
      const found = [
        ...outcomes.map(({ name, outcome }) => `${name}: ${outcome}`),
        ...(local === 0 ? [] : [`${count(local, 'issuer')} with keys in the file`]),
      ].join('; ');
      const facts = { issuers: outcomes };
      return { status: outcomes.some(({ isUsable }) => !isUsable) ? 'failed' : 'ok', found, facts };
    },
  };
}

async function fetchOnce({ name, countKeys }: RemoteIssuer) {
  try {
    const keys = await within(ISSUER_LIMIT, countKeys());
    return { name, isUsable: keys > 0, outcome: count(keys, 'key') };
  } catch (error) {
    return { name, isUsable: false, outcome: describeError(error) };
  }
}

async function listIssuers({ apple, customJwtIssuersFile, google }: Config) {
  const [{ parseExternalIssuers }, { countDiscoveredKeys, countRemoteKeys }, { createIdTokens }] =
    await Promise.all([
      import('../../token/issuers-config.ts'),
      import('../../token/remote-key-set.ts'),
      import('../../token/openid.ts'),
    ]);
  const file = await readJsonFile('CUSTOM_JWT_ISSUERS_FILE', customJwtIssuersFile);
  const issuers = parseExternalIssuers(file ?? []);
  const remote: RemoteIssuer[] = [];
  for (const { issuer = 'the issuer without a name', jwksUrl } of issuers) {
    if (jwksUrl !== undefined) {
      remote.push({ name: issuer, countKeys: () => countRemoteKeys(jwksUrl) });
    }
  }
  for (const provider of [google, apple].filter((each) => each !== undefined)) {
    const { issuer } = provider;
    // Refuses what the start does.
    createIdTokens(provider, { now: Date.now });
    remote.push({ name: issuer, countKeys: () => countDiscoveredKeys(issuer) });
  }
  return { remote, local: issuers.filter(({ jwksUrl }) => jwksUrl === undefined).length };
}

/** The mail server: it is asked whether it would take mails, and sent none. */
export function checkMail({ email }: Config): Check {
  return {
    name: 'mail',
    tried: 'read the templates, connect to the mail server of SMTP_URL and log in; no mail is sent',
    remedy:
      'Correct SMTP_URL or EMAIL_TEMPLATES_DIR, or see that this machine reaches the mail server',
    limit: MAIL_LIMIT,
    run: async (): Promise<Finding> => {
      const { smtpUrl } = email;
      if (smtpUrl === undefined) return { status: 'skipped', found: 'none is configured' };
      const [{ verifyMailServer }, { loadTemplates }, { loadPageTexts }] = await Promise.all([
        import('../../mail/mailer.ts'),
        import('../../mail/templates.ts'),
        import('../../mail/page-texts.ts'),
      ]);
      const { language, templatesDir } = email;
      const templates = await loadTemplates(templatesDir, language);
      await loadPageTexts(templatesDir, language);
      await verifyMailServer(smtpUrl);
      const languages = Object.values(templates).flatMap(({ of }) => [...of.keys()]);
      const list = [...new Set(languages)].sort().join(', ');
      return {
        status: 'ok',
        found: `the server takes mails of ours; there are templates in ${list}`,
      };
    },
  };
}
