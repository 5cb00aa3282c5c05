/** The name of the app where people see it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';

const NAME = 'Ada & <b>Co</b>';
const IN_HTML = 'Ada &#38; &#60;b&#62;Co&#60;/b&#62;';
const ADDRESS = 'grace@example.com';

describe('APP_NAME', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let mailServer: MailServer;
  let gateway: TestGateway;
  const start = (env: Record<string, string>) =>
    startGateway({
      DATA_DIR: directory.path,
      EMAIL_CONFIRMATION: 'email',
      SMTP_URL: mailServer.url,
      EMAIL_FROM: 'no-reply@example.com',
      ...env,
    });

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    mailServer = await startMailServer();
    gateway = await start({ APP_NAME: NAME });
  });
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
    await directory.remove();
  });

  const page = async (path: string) =>
    (await fetch(`${gateway.url}${path}`, { headers: { accept: 'text/html' } })).text();

  test('is in mails, as text', async () => {
    const variables = { email: ADDRESS, password: 'correct horse battery' };
    await createGraphQLClient(gateway.url)(OPERATIONS.registerUser, { variables });
    expect(mailServer.latestTo(ADDRESS).headers).toContain(
      `Subject: Confirm your e-mail address for ${NAME}`,
    );
  });

  test.each([
    ['/', `<title>Explorer of ${IN_HTML}</title>`],
    ['/email/confirm', `<title>Confirm your e-mail address – ${IN_HTML}</title>`],
    ['/email/reset-password', `<p class="app">${IN_HTML}</p>`],
  ])('is on the page %s, as text', async (path, text) => {
    const html = await page(path);
    expect(html).toContain(text);
    expect(html).not.toContain('<b>');
  });

  test.each(['two\nlines', 'x'.repeat(101)])('is refused if it is %j', async (name) => {
    await expect(start({ APP_NAME: name })).rejects.toThrow('APP_NAME');
  });
});
