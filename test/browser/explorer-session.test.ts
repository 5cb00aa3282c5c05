/** Logging in on the explorer, with each provider, and what it shows of the token. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import {
  type ExplorerPage,
  editor,
  expectGood,
  logInOnPage,
  openExplorer,
  readToken,
  runOnPage,
  showPanel,
} from '../support/explorer-page.ts';
import { logInAnonymously } from '../support/graphql-client.ts';
import { type ProviderGateway, startProviderGateway } from '../support/provider-gateway.ts';

const TIMEOUT = 30_000;
const HOUR = 3_600_000;
const PASSWORD = 'correct horse battery';

describe('the session of the explorer', () => {
  let provided: ProviderGateway;
  const browser = useBrowser();
  let explorer: ExplorerPage;
  let page: Page;

  beforeAll(async () => {
    provided = await startProviderGateway();
  }, TIMEOUT);
  afterAll(async () => {
    await provided.stop();
  });
  beforeEach(async () => {
    explorer = await openExplorer(browser(), provided.gateway.url);
    page = explorer.page;
  }, TIMEOUT);
  afterEach(async () => {
    await expectGood(explorer);
    await explorer.close();
  }, TIMEOUT);

  const run = (query: string) => runOnPage(page, query);

  const WAYS: readonly (readonly [
    way: string,
    values: () => Record<string, string> | Promise<Record<string, string>>,
  ])[] = [
    ['Anonymous', () => ({})],
    ['API key', async () => ({ 'API key': await provided.createApiKey() })],
    ['Custom JWT', () => ({ JWT: provided.idToken('one') })],
    ['Custom function', () => ({ 'Payload, as JSON': '{"id": "two"}' })],
    ['Google', () => ({ 'ID token': provided.idToken('three') })],
    ['Apple', () => ({ 'ID token': provided.idToken('four') })],
  ];

  test.each(WAYS)(
    'logs in with %s, and the token goes along by itself',
    async (way, values) => {
      await logInOnPage(page, way, await values());
      const { data } = await run('{ me { id } }');
      expect(await page.getByText(`Logged in as ${data.me.id}`).count()).toBe(1);
      expect(explorer.sent.at(-1)?.authorization).toMatch(/^Bearer eyJ/);
    },
    TIMEOUT,
  );

  test(
    'registers an e-mail address, logs out and in again as the same user',
    async () => {
      const panel = await showPanel(page, 'Session');
      await panel.getByLabel('Log in with').selectOption('E-mail and password');
      await panel.getByLabel('E-mail address').fill('ada@example.com');
      await panel.getByLabel('Password').fill(PASSWORD);
      await panel.getByRole('button', { name: 'Register and log in' }).click();
      await panel.getByRole('heading', { name: 'Logged in' }).waitFor();
      const { data } = await run('{ me { id } }');
      await panel.getByRole('button', { name: 'Log out' }).click();
      await panel.getByText('Nobody is logged in').waitFor();
      expect(await run('{ me { id } }')).toEqual({ data: { me: null } });
      expect(explorer.sent.at(-1)?.authorization).toBeUndefined();
      const values = { 'E-mail address': 'ada@example.com', Password: PASSWORD };
      await logInOnPage(page, 'E-mail and password', values);
      expect(await run('{ me { id } }')).toEqual({ data });
    },
    TIMEOUT,
  );

  test(
    'says why a log-in was refused, and keeps what was typed',
    async () => {
      const panel = await showPanel(page, 'Session');
      await panel.getByLabel('Log in with').selectOption('E-mail and password');
      await panel.getByLabel('E-mail address').fill('nobody@example.com');
      await panel.getByLabel('Password').fill('wrong password');
      await panel.getByRole('button', { name: 'Log in', exact: true }).click();
      const alert = panel.getByRole('alert');
      await alert.getByText('INVALID_CREDENTIALS').waitFor();
      expect(await panel.getByLabel('E-mail address').inputValue()).toBe('nobody@example.com');
    },
    TIMEOUT,
  );

  test(
    'stays over a reload, in this browser tab only',
    async () => {
      await logInOnPage(page, 'Anonymous');
      const before = await run('{ me { id } }');
      await page.reload();
      await editor(page, 'Operation').waitFor();
      expect(await run('{ me { id } }')).toEqual(before);
      const other = await explorer.context.newPage();
      await other.goto(`${provided.gateway.url}/`);
      await other.getByText('Nobody is logged in').first().waitFor();
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'shows the claims with what they mean, the size and the time that is left',
    async () => {
      await logInOnPage(page, 'Anonymous');
      await run(
        'mutation { writeCustomUserData(newCustomUserData: {big: "xxxxxxxxxx"}) { result { acknowledged } } }',
      );
      const panel = await showPanel(page, 'Session');
      await panel.getByText(/^in (?:29 min \d+ s|30 min 0 s)$/).waitFor();
      expect(await panel.getByRole('meter').count()).toBe(1);
      await panel.getByText('Claims of the token').click();
      await panel.getByText('Whose it is: the user id').waitFor();
      await panel.getByText('What takes most').click();
      await panel.getByText('big', { exact: true }).waitFor();
    },
    TIMEOUT,
  );

  test.each([HOUR, -HOUR])(
    'the expiry counts down by the clock of the gateway, if that of the browser is %d ms off',
    async (off) => {
      const now = Date.now() + off;
      const other = await openExplorer(browser(), provided.gateway.url, { now });
      const rest = other.page.getByText(/^in (?:29 min \d+ s|30 min 0 s)$/);
      await logInOnPage(other.page, 'Anonymous');
      await rest.waitFor();
      await other.page.reload();
      await rest.waitFor();
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'a token that was reissued takes the place of the one before',
    async () => {
      await logInOnPage(page, 'Anonymous');
      await run(
        'mutation { writeCustomUserData(newCustomUserData: {a: 1}) { result { acknowledged } } }',
      );
      const { data } = await run('{ me { customData } }');
      expect(data.me.customData.a).toBe(1);
    },
    TIMEOUT,
  );

  test.each([
    'mutation { refreshCustomData { accessToken } }',
    'mutation { w: writeCustomUserData(newCustomUserData: {a: 1}) { t: accessToken } }',
    'mutation { ...F } fragment F on Mutation { refreshCustomData { accessToken user { id } } }',
  ])(
    'a token in an answer is taken as it is: %s',
    async (query) => {
      await logInOnPage(page, 'Anonymous');
      const before = await readToken(page);
      const { data } = await run(query);
      const [payload = {}] = Object.values<Record<string, string>>(data);
      const t = payload['t'] ?? payload['accessToken'];
      expect(t).not.toBe(before);
      expect(await readToken(page)).toBe(t);
      expect(explorer.sent.filter(({ body }) => body.includes('refreshCustomData'))).toHaveLength(
        query.includes('refreshCustomData') ? 1 : 0,
      );
      expect(await run('{ me { id } }')).toMatchObject({
        data: { me: { id: expect.any(String) } },
      });
      expect(explorer.sent.at(-1)?.authorization).toBe(`Bearer ${t}`);
    },
    TIMEOUT,
  );

  test(
    'a token from elsewhere is taken, reissued, and forgotten',
    async () => {
      const { accessToken, user } = await logInAnonymously(provided.send);
      const panel = await showPanel(page, 'Session');
      await panel.getByLabel('Log in with').selectOption('A token that you have');
      await panel.getByLabel('Access token').fill('nonsense');
      await panel.getByRole('button', { name: 'Use it' }).click();
      await panel.getByRole('alert').getByText('That is no access token.').waitFor();
      await panel.getByLabel('Access token').fill(accessToken);
      await panel.getByRole('button', { name: 'Use it' }).click();
      await panel.getByRole('heading', { name: 'A token from elsewhere' }).waitFor();
      await run(
        'mutation { writeCustomUserData(newCustomUserData: {a: 2}) { result { acknowledged } } }',
      );
      const { data } = await run('{ me { id customData } }');
      expect(data.me).toMatchObject({ id: user.id, customData: { a: 2 } });
      await panel.getByRole('button', { name: 'Forget this token' }).click();
      expect(await run('{ me { id } }')).toEqual({ data: { me: null } });
    },
    TIMEOUT,
  );

  test(
    'tokens are in no address, in no log and in nothing that is copied',
    async () => {
      await explorer.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await logInOnPage(page, 'Anonymous');
      await run('{ me { id } }');
      await page.getByRole('button', { name: 'Copy as curl' }).click();
      await page.getByText('Copied, without the token').waitFor();
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(copied).toContain('authorization: Bearer $ACCESS_TOKEN');
      expect(copied).not.toContain('eyJ');
      expect(page.url()).toBe(`${provided.gateway.url}/`);
      expect(provided.gateway.logText()).not.toContain('eyJ');
      expect(await page.evaluate('JSON.stringify(localStorage)')).toBe('{}');
    },
    TIMEOUT,
  );

  test(
    'says when the gateway has ended it',
    async () => {
      await logInOnPage(page, 'Anonymous');
      await run('mutation { logOut }');
      await run('mutation { refreshCustomData { expiresAt } }');
      await page.getByText('The session has ended. Log in again.').waitFor();
    },
    TIMEOUT,
  );
});
