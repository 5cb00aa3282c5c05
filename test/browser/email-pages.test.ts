/** The pages that mails lead to, as people see and use them, with every other host out of reach. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../support/account-operations.ts';
import { useBrowser } from '../support/browser.ts';
import { type ExplorerPage, expectGood, openEmptyPage } from '../support/explorer-page.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';
import { createGraphQLClient, OPERATIONS, type SendOperation } from '../support/graphql-client.ts';
import { linkIn, type MailServer, startMailServer } from '../support/mail-server.ts';

const TIMEOUT = 30_000;
const password = 'correct horse battery';
const ATTACK = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

describe('the pages that mails lead to', () => {
  const browser = useBrowser();
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let mailServer: MailServer;
  let gateway: TestGateway;
  let send: SendOperation;
  let opened: ExplorerPage;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    mailServer = await startMailServer();
    gateway = await startGateway({
      DATA_DIR: directory.path,
      EMAIL_CONFIRMATION: 'email',
      EXPLORER: 'false',
      SMTP_URL: mailServer.url,
      EMAIL_FROM: 'no-reply@example.com',
      APP_NAME: 'Notes <b>&</b> more',
      APP_URL: 'https://notes.example.com',
    });
    send = createGraphQLClient(gateway.url);
  }, TIMEOUT);
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
    await directory.remove();
  });
  beforeEach(() => mailServer.setMode('accept'));
  afterEach(async () => {
    expect(opened.faults).toEqual([]);
    await opened.close();
  });

  const register = async (email: string) => {
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    return linkIn(mailServer.latestTo(email)).url.href;
  };

  test.each([
    ['light', 320],
    ['dark', 320],
    ['light', 1280],
    ['dark', 1280],
  ] as const)(
    'confirm an address by one click, %s, at a width of %d, by keys alone',
    async (colorScheme, width) => {
      const email = `${colorScheme}-${width}@example.com`;
      const link = await register(email);
      const viewport = { width, height: 640 };
      opened = await openEmptyPage(browser(), gateway.url, { colorScheme, viewport });
      const { page } = opened;
      await page.goto(link);
      const button = page.getByRole('button', { name: 'Confirm' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      // The smallest thing that a finger meets (WCAG 2.5.5).
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      await expectGood(opened);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Your e-mail address is confirmed' }).waitFor();
      const back = page.getByRole('link', { name: 'Back to Notes <b>&</b> more' });
      expect(await back.getAttribute('href')).toBe('https://notes.example.com/');
      await expectGood(opened);
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
    },
    TIMEOUT,
  );

  test(
    'let a new password be chosen, and say what is wrong with one',
    async () => {
      const email = 'forgetful@example.com';
      await register(email);
      await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, { variables: { email } });
      opened = await openEmptyPage(browser(), gateway.url);
      const { page } = opened;
      await page.goto(linkIn(mailServer.latestTo(email)).url.href);
      const choose = async (first: string, second: string) => {
        await page.getByLabel('New password').fill(first);
        await page.getByLabel('The same again').fill(second);
        await page.getByRole('button', { name: 'Set the password' }).click();
      };
      await choose('a new password', 'another password');
      await page.getByRole('alert').getByText('The two passwords are not the same.').waitFor();
      await expectGood(opened);
      await choose('a new password', 'a new password');
      await page.getByRole('heading', { name: 'Your new password is set' }).waitFor();
      await expectGood(opened);
    },
    TIMEOUT,
  );

  test(
    'show what a link carries as text, if at all',
    async () => {
      opened = await openEmptyPage(browser(), gateway.url);
      const { page } = opened;
      const attack = new URLSearchParams({ token: ATTACK, tokenId: ATTACK });
      for (const path of ['confirm', 'reset-password']) {
        await page.goto(`${gateway.url}/email/${path}?${attack}`);
        expect(await page.locator('[name=token]').inputValue()).toBe(ATTACK);
        expect(await page.locator('img, script, b').count()).toBe(0);
      }
      await page.goto(`${gateway.url}/email/confirm?${attack}`);
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByRole('heading', { name: 'That did not work' }).waitFor();
      await expectGood(opened);
      expect(await page.locator('img, script, b').count()).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'come from mails that show the name of the app as text, too',
    async () => {
      await register('reader@example.com');
      opened = await openEmptyPage(browser(), gateway.url);
      const { page } = opened;
      await page.setContent(mailServer.latestTo('reader@example.com').html);
      await page.getByText('was registered with Notes <b>&</b> more.').waitFor();
      expect(await page.locator('img, script, b').count()).toBe(0);
    },
    TIMEOUT,
  );
});
