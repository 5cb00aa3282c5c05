/** Every state that a part of the explorer can be in, in both themes: whole, named, and in nobody's way. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
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
  write,
} from '../support/explorer-page.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../support/graphql-client.ts';

const TIMEOUT = 30_000;
const EDITOR = 'What to write, as JSON';

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  const gateway = useEmbeddedGateway({ CUSTOM_DATA_HISTORY: '5' });
  const browser = useBrowser();
  let explorer: ExplorerPage;
  let page: Page;

  beforeEach(async () => {
    explorer = await openExplorer(browser(), gateway().url, { colorScheme });
    page = explorer.page;
  }, TIMEOUT);
  afterEach(() => explorer.close());

  const check = () => expectGood(explorer);

  /** Lets no request to an address through; the result lets them all go on. */
  async function hold(address: string): Promise<() => void> {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(address, async (route) => {
      await released;
      await route.continue();
    });
    return release;
  }

  /** The document, as another device writes it. */
  async function writeElsewhere(data: object): Promise<void> {
    const send = createGraphQLClient(gateway().url);
    await send(OPERATIONS.write, { token: await readToken(page), variables: { data } });
  }

  async function openDocument(): Promise<Locator> {
    await logInOnPage(page, 'Anonymous');
    await writeElsewhere({ color: 'blue' });
    const panel = await showPanel(page, 'Custom data');
    await panel.getByRole('button', { name: /^Write on/ }).waitFor();
    return panel;
  }

  test(
    'loading',
    async () => {
      await logInOnPage(page, 'Anonymous');
      const release = await hold('**/graphql');
      await showPanel(page, 'Custom data');
      await page.getByText('Reading the document …').waitFor();
      await page.keyboard.press('Control+Enter');
      await page.getByText('Waiting for the answer …').waitFor();
      await page.getByRole('button', { name: 'Stop' }).waitFor();
      await check();
      await page.keyboard.press('Control+Shift+R');
      await showPanel(page, 'Docs');
      await page.getByText('Reading the schema …').waitFor();
      await check();
      release();
      await page.getByText(/^Status 200$/).waitFor();
    },
    TIMEOUT,
  );

  test(
    'offline: nothing is sent, what needs the gateway says why it cannot be done, and all of it comes back',
    async () => {
      const panel = await openDocument();
      await explorer.context.setOffline(true);
      await page.getByText(/^The browser is offline\./).waitFor();
      for (const name of ['Run', 'Refresh', 'Look again', /^Write on/]) {
        const button = page.getByRole('button', { name }).first();
        expect([
          await button.getAttribute('aria-disabled'),
          await button.getAttribute('title'),
        ]).toEqual(['true', 'The browser is offline']);
      }
      const sent = explorer.sent.length;
      await panel.getByRole('button', { name: /^Write on/ }).click({ force: true });
      await page.keyboard.press('Control+Enter');
      await page.getByRole('status').getByText('The browser is offline', { exact: true }).waitFor();
      expect(explorer.sent).toHaveLength(sent);
      await check();
      await explorer.context.setOffline(false);
      await page.getByText(/^The browser is offline\./).waitFor({ state: 'detached' });
      await runOnPage(page, '{ me { id } }');
    },
    TIMEOUT,
  );

  test(
    'offline before anybody has logged in',
    async () => {
      await explorer.context.setOffline(true);
      await page.getByText(/^The browser is offline\./).waitFor();
      await page.getByRole('button', { name: 'Log in', exact: true }).click({ force: true });
      expect(await page.getByRole('heading', { name: 'Logged in' }).count()).toBe(0);
      await check();
    },
    TIMEOUT,
  );

  test(
    'a browser without a network that reaches the gateway on its own machine is not kept from anything',
    async () => {
      await page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => false })");
      const asked = page.waitForResponse('**/health/live');
      await page.evaluate("dispatchEvent(new Event('offline'))");
      await asked;
      expect(await runOnPage(page, '{ me { id } }')).toEqual({ data: { me: null } });
      expect(await page.getByText(/^The browser is offline/).count()).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'a gateway that does not answer',
    async () => {
      const hosts = /\/(?:graphql|health\/live)$/;
      await page.route(hosts, (route) => route.abort());
      await page.keyboard.press('Control+Enter');
      await page.getByText(/^The gateway does not answer\. What you have/).waitFor();
      await page.getByRole('alert').getByText('The operation was not answered').waitFor();
      await check();
      await page.unroute(hosts);
      await page.getByText(/^The gateway does not answer\. What/).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText(/^Status 200$/).waitFor();
    },
    TIMEOUT,
  );

  test(
    'expired',
    async () => {
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const exp = Math.floor(Date.now() / 1000) - 1;
      const token = `${encode({ alg: 'ES256' })}.${encode({ sub: 'a', exp })}.c2ln`;
      const panel = await showPanel(page, 'Session');
      await panel.getByLabel('Log in with').selectOption('A token that you have');
      await panel.getByLabel('Access token').fill(token);
      await panel.getByRole('button', { name: 'Use it' }).click();
      await panel.getByText(/^The token has expired\. Forget it/).waitFor();
      await check();
      const data = await showPanel(page, 'Custom data');
      await data.getByText(/^The token has expired\. Forget it/).waitFor();
      await data.getByRole('alert').getByText('UNAUTHENTICATED').waitFor();
      const again = data.getByRole('button', { name: 'Try again' });
      expect(await again.getAttribute('title')).toBe('The token has expired');
      await check();
    },
    TIMEOUT,
  );

  test(
    'stale, and a conflict',
    async () => {
      const panel = await openDocument();
      await panel.getByText(/^Token shows/).waitFor();
      await check();
      await write(page, EDITOR, '{"mine": 1}');
      await writeElsewhere({ theirs: 2 });
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByText('Somebody else has written since').waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'a document that is too large for the token',
    async () => {
      const panel = await openDocument();
      const error = { message: 'Too large', extensions: { code: 'CUSTOM_DATA_TOO_LARGE' } };
      await page.route('**/graphql', async (route) => {
        const isOfClaims = route.request().postData()?.includes('me { customData ') === true;
        if (isOfClaims) await route.fulfill({ json: { data: { me: null }, errors: [error] } });
        else await route.fallback();
      });
      await panel.getByRole('button', { name: 'Look again' }).click();
      await panel.getByText(/^The document is too large for the token/).waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'a revision of the history',
    async () => {
      const panel = await openDocument();
      const latest = panel.locator('.revisions > li').first();
      await latest.locator('summary').click();
      await latest.getByText('"blue"').waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'what was refused, and where',
    async () => {
      const panel = await openDocument();
      await write(page, EDITOR, '{"userId": "another"}');
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByRole('alert').getByText('FIELD_NOT_WRITABLE').waitFor();
      await panel.locator('.cm-lintRange-error').first().waitFor();
      await check();
      await runOnPage(page, '{ nothing }');
      await page.getByText(/^Status 400$/).waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'a schema that cannot be read',
    async () => {
      const message = { errors: [{ message: 'Internal server error' }] };
      await page.route('**/graphql', (route) => route.fulfill({ status: 500, json: message }));
      await page.keyboard.press('Control+Shift+R');
      const panel = await showPanel(page, 'Docs');
      await panel.getByRole('alert').getByText('The schema cannot be read').waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'a session that has ended',
    async () => {
      await logInOnPage(page, 'Anonymous');
      await runOnPage(page, 'mutation { logOut }');
      await runOnPage(page, 'mutation { refreshCustomData { expiresAt } }');
      await page.getByText('The session has ended. Log in again.').waitFor();
      await check();
    },
    TIMEOUT,
  );

  test(
    'an editor that completes, marks a fault and searches',
    async () => {
      await (await showPanel(page, 'Docs')).getByRole('button', { name: 'Mutation' }).waitFor();
      await write(page, 'Operation', '{ me { nothing custom');
      await page.keyboard.press('Control+Space');
      await page.getByRole('option', { name: /customDataReadAt/ }).waitFor();
      await check();
      await page.keyboard.press('Escape');
      await page.locator('.cm-lintRange-error').first().hover();
      await page.locator('.cm-tooltip-lint').waitFor();
      await check();
      await editor(page, 'Operation').press('Control+f');
      await page.locator('.cm-search').waitFor();
      await check();
    },
    TIMEOUT,
  );
});
