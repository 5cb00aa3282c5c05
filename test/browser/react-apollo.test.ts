import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import { type ExampleSite, serveBuiltExample } from '../support/example-site.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';
import { createTabs, type Tabs } from '../support/tabs.ts';

const SCHEMA = new URL('../../examples/react-apollo/profile.schema.json', import.meta.url).pathname;
const TIMEOUT = 60_000;
const HALF_AN_HOUR = 30 * 60_000;

describe('the page with React and Apollo Client', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: TestGateway;
  const browser = useBrowser();
  let site: ExampleSite;
  let context: BrowserContext;
  let tabs: Tabs;
  let page: Page;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    const env = { DATA_DIR: directory.path, CUSTOM_DATA_SCHEMA_FILE: SCHEMA };
    [gateway, site] = await Promise.all([startGateway(env), serveBuiltExample('react-apollo')]);
  }, TIMEOUT);
  afterAll(async () => {
    await site.stop();
    await gateway.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    context = await browser().newContext();
    tabs = createTabs(context, `${site.address}?gateway=${encodeURIComponent(gateway.url)}`);
    page = await tabs.open();
    await page.click('text=As a guest');
    await page.waitForSelector('#sessions li');
  }, TIMEOUT);
  afterEach(() => context.close());

  const theme = (tab: Page) => tab.inputValue('[name=theme]');
  const says = (tab: Page, text: string) =>
    tab.waitForFunction(`document.querySelector('[role=status]').textContent === '${text}'`);

  async function saveNickname(tab: Page, nickname: string): Promise<void> {
    await tab.fill('[name=nickname]', nickname);
    await tab.click('text=Save');
  }

  test(
    'a reload shows the document without a request for it, and at no time the log-in',
    async () => {
      await saveNickname(page, 'Ada');
      await says(page, 'Saved');
      tabs.takeSent(page);
      await page.addInitScript(`
        globalThis.headings = new Set();
        new MutationObserver(() => headings.add(document.querySelector('h1')?.textContent))
          .observe(document, { childList: true, subtree: true });
      `);
      await page.reload();
      await page.waitForSelector('#sessions li');
      expect(await page.inputValue('[name=nickname]')).toBe('Ada');
      expect(await page.evaluate('[...headings].filter(Boolean)')).toEqual(['Settings']);
      expect(tabs.takeSent(page)).toEqual(['sessions']);
    },
    TIMEOUT,
  );

  test(
    'what the schema refuses is said at its field, and taken back',
    async () => {
      await saveNickname(page, 'a name that is longer than twenty characters');
      await page.waitForFunction("document.getElementById('nickname-problem').textContent");
      expect(await page.inputValue('[name=nickname]')).toBe('');
    },
    TIMEOUT,
  );

  test(
    'a write of Apollo Client is in the token and on the page, in every tab and after a reload',
    async () => {
      const second = await tabs.open();
      await page.click('text=Dark, by Apollo Client');
      for (const tab of [page, second]) {
        await tab.waitForFunction("document.querySelector('[name=theme]').value === 'dark'");
      }
      await page.reload();
      expect(await theme(page)).toBe('dark');
      expect(tabs.takeSent(page)).not.toContain('refreshCustomData');
    },
    TIMEOUT,
  );

  test(
    'a change is shown at once, and taken back without a network; then it goes on',
    async () => {
      await context.setOffline(true);
      await page.selectOption('[name=theme]', 'dark');
      await says(page, 'The gateway did not answer');
      expect(await theme(page)).toBe('light');
      await context.setOffline(false);
      await page.selectOption('[name=theme]', 'dark');
      await says(page, 'Saved');
      expect(await theme(page)).toBe('dark');
    },
    TIMEOUT,
  );

  test(
    'a token that has expired is refreshed once for all that the page asks for',
    async () => {
      await page.clock.install({ time: Date.now() + HALF_AN_HOUR });
      tabs.takeSent(page);
      await page.reload();
      await page.waitForSelector('#sessions li');
      await page.selectOption('[name=theme]', 'dark');
      await says(page, 'Saved');
      expect(tabs.takeSent(page)).toEqual(['refreshSession', 'sessions', 'writeCustomUserData']);
    },
    TIMEOUT,
  );

  test(
    'who logs out is logged out in every tab, and nothing of them is left',
    async () => {
      const second = await tabs.open();
      await page.click('text=Log out');
      await second.waitForSelector('text=As a guest');
      expect(await second.locator('#sessions').count()).toBe(0);
      expect(await page.evaluate('localStorage.length')).toBe(0);
    },
    TIMEOUT,
  );
});
