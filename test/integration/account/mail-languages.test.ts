/** Mails, and the pages that they lead to, in the language of whoever gets them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../../support/account-operations.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { linkIn, type MailServer, startMailServer } from '../../support/mail-server.ts';

const password = 'correct horse battery';
const FILES = {
  'confirm-email.de.txt': 'Subject: Willkommen\n\n{{link}}',
  'reset-password.de.txt': 'Subject: Neues Passwort\n\n{{link}}',
  'pages.de.json': JSON.stringify({
    confirmTitle: 'Adresse bestätigen',
    confirmButton: 'Bestätigen',
    confirmedTitle: 'Bestätigt',
    backToApp: 'Zurück zu {{app}}',
    linkInvalid: 'Der Link gilt nicht.',
    passwordsDiffer: 'Die Passwörter sind verschieden.',
    newPassword: 'Neues Passwort, mindestens {{characters}} Zeichen',
  }),
  'pages.ar.json': '{}',
};

describeOnEveryStore('languages of mails and pages', (provideStore) => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let mailServer: MailServer;
  let gateway: TestGateway;
  let count = 0;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    for (const [name, content] of Object.entries(FILES)) {
      await writeFile(join(directory.path, name), content);
    }
    mailServer = await startMailServer();
    gateway = await startGateway({
      ...provideStore().env,
      EMAIL_CONFIRMATION: 'email',
      SMTP_URL: mailServer.url,
      EMAIL_FROM: 'no-reply@example.com',
      EMAIL_TEMPLATES_DIR: directory.path,
      EMAIL_LANGUAGE_FIELD: 'settings.language',
      APP_NAME: 'Notes',
      APP_URL: 'https://notes.example.com',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
    await directory.remove();
  });

  /** A client whose browser prefers these languages. */
  const clientFor = (languages: string) =>
    createGraphQLClient(gateway.url, { headers: { 'accept-language': languages } });
  const newEmail = () => {
    count += 1;
    return `reader-${count}@example.com`;
  };
  const subjectOf = (email: string) =>
    /^Subject: (.*)$/m.exec(mailServer.latestTo(email).headers)?.[1];
  const open = (path: string, languages: string, form?: Record<string, string>) =>
    fetch(new URL(path, gateway.url), {
      headers: { 'accept-language': languages },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    }).then((answer) => answer.text());

  /** Confirmed, logged in, and with a document. */
  async function readerWith(data: object): Promise<string> {
    const email = newEmail();
    const send = clientFor('fr');
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    const { token, tokenId } = linkIn(mailServer.latestTo(email));
    await send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    const { accessToken } = (await logInByEmail(send, email, password)).data.logIn;
    await send(OPERATIONS.write, { token: accessToken, variables: { data } });
    return email;
  }
  const resetSubject = async (email: string, languages: string) => {
    await clientFor(languages)(ACCOUNT_OPERATIONS.sendResetPasswordEmail, { variables: { email } });
    return subjectOf(email);
  };

  test.each([
    ['de-AT,en;q=0.5', 'Willkommen'],
    ['fr', 'Confirm your e-mail address for Notes'],
  ])('a registration with Accept-Language: %s gets a mail in it', async (languages, subject) => {
    const email = newEmail();
    await clientFor(languages)(OPERATIONS.registerUser, { variables: { email, password } });
    expect(subjectOf(email)).toBe(subject);
  });

  test('a mail in a language that there is only a text in has no HTML', async () => {
    const email = newEmail();
    await clientFor('de')(OPERATIONS.registerUser, { variables: { email, password } });
    const { headers, html } = mailServer.latestTo(email);
    expect(headers).toContain('Content-Type: text/plain');
    expect(html).toBe('');
  });

  test('the language in the document of the user goes before the one of the browser', async () => {
    const email = await readerWith({ settings: { language: 'de_CH' } });
    expect(await resetSubject(email, 'en')).toBe('Neues Passwort');
  });

  test.each([[{ settings: { language: 'fr' } }], [{ settings: { language: 7 } }], [{}]])(
    'the language of the browser counts where the document says %j',
    async (document) => {
      const email = await readerWith(document);
      expect(await resetSubject(email, 'de')).toBe('Neues Passwort');
    },
  );

  describe('pages', () => {
    test('are in the language of the browser, in its direction', async () => {
      const german = await open('/email/confirm?token=a&tokenId=b', 'de');
      expect(german).toContain('<html lang="de" dir="ltr">');
      expect(german).toContain('<h1>Adresse bestätigen</h1>');
      expect(german).toContain('>Bestätigen</button>');
      const arabic = await open('/email/confirm?token=a&tokenId=b', 'ar');
      expect(arabic).toContain('<html lang="ar" dir="rtl">');
      expect(await open('/email/confirm', 'fr')).toContain('<html lang="en" dir="ltr">');
      expect(await open('/email/reset-password', 'de')).toContain(
        'Neues Passwort, mindestens 8 Zeichen',
      );
    });

    test('say what is wrong in it, too', async () => {
      const form = { token: 'a', tokenId: 'b' };
      expect(await open('/email/confirm', 'de', form)).toContain(
        '<p role="alert">Der Link gilt nicht.</p>',
      );
      const different = { ...form, password: 'one of them', repeated: 'the other one' };
      expect(await open('/email/reset-password', 'de', different)).toContain(
        'Die Passwörter sind verschieden.',
      );
    });

    test('lead back to the app when it is done, and when it is not', async () => {
      const link = '<a href="https://notes.example.com/" rel="noreferrer">Zurück zu Notes</a>';
      const email = newEmail();
      await clientFor('de')(OPERATIONS.registerUser, { variables: { email, password } });
      const { token, tokenId } = linkIn(mailServer.latestTo(email));
      const form = { token, tokenId };
      const done = await open('/email/confirm', 'de', form);
      expect(done).toContain('<h1>Bestätigt</h1>');
      expect(done).toContain(link);
      expect(
        await open('/email/reset-password', 'de', { ...form, password, repeated: password }),
      ).toContain(link);
      expect(await open('/email/confirm', 'de')).not.toContain('<a ');
    });
  });
});

describe('what is no language, no field and no place for a way back', () => {
  test.each([
    [{ EMAIL_LANGUAGE: 'in german' }, 'EMAIL_LANGUAGE must be a language'],
    [{ EMAIL_LANGUAGE_FIELD: '$where' }, 'EMAIL_LANGUAGE_FIELD must be the path of a field'],
    [{ EMAIL_LANGUAGE_FIELD: 'a..b' }, 'EMAIL_LANGUAGE_FIELD must be the path of a field'],
    [{ APP_URL: 'javascript:alert(1)' }, 'APP_URL must be a URL'],
    [{ APP_URL: ' data:text/html,x' }, 'APP_URL must be a URL'],
    [{ APP_URL: 'app.example.com' }, 'APP_URL must be a URL'],
  ])('%j stops the start', async (env, message) => {
    const directory = await createTemporaryDirectory();
    try {
      await expect(startGateway({ DATA_DIR: directory.path, ...env })).rejects.toThrow(message);
    } finally {
      await directory.remove();
    }
  });
});
