import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import { type ExampleSite, serveExample } from '../support/example-site.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';
import { createTabs, type Tabs } from '../support/tabs.ts';

const TIMEOUT = 30_000;
const HALF_AN_HOUR = 30 * 60_000;

describe('the page without a framework', () => {
  const gateway = useEmbeddedGateway();
  const browser = useBrowser();
  let site: ExampleSite;
  let context: BrowserContext;
  let page: Page;
  let tabs: Tabs;

  beforeAll(async () => {
    site = await serveExample('vanilla');
  }, TIMEOUT);
  afterAll(async () => {
    await site.stop();
  });
  beforeEach(async () => {
    context = await browser().newContext();
    const gatewayUrl = encodeURIComponent(gateway().url);
    tabs = createTabs(context, `${site.address}?gateway=${gatewayUrl}`);
    page = await tabs.open();
    await act(page, 'anonymous');
  }, TIMEOUT);
  afterEach(() => context.close());

  const status = (tab: Page) => tab.locator('#status');
  const shown = (tab: Page) => tab.locator('#custom-data');

  /** Presses a button; resolves with what the page says once it is done. */
  async function act(tab: Page, button: string): Promise<string | null> {
    await tab.click(`button[name=${button}]`);
    await tab.waitForFunction("!['', '…'].includes(document.getElementById('status').textContent)");
    return status(tab).textContent();
  }

  async function saveNickname(tab: Page, nickname: string): Promise<string | null> {
    await tab.fill('[name=nickname]', nickname);
    return act(tab, 'save');
  }

  test(
    'a reload shows the document without a request',
    async () => {
      expect(await saveNickname(page, 'Ada')).toBe('Save: done');
      tabs.takeSent(page);
      await page.reload();
      expect(JSON.parse((await shown(page).textContent()) ?? '')).toMatchObject({
        ...{ nickname: 'Ada', theme: 'light' },
      });
      expect(await page.inputValue('[name=nickname]')).toBe('Ada');
      expect(tabs.takeSent(page)).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a second tab is logged in and sees what the first one writes, without a request',
    async () => {
      const second = await tabs.open();
      expect(await second.isVisible('#settings')).toBe(true);
      await saveNickname(page, 'Grace');
      await second.waitForFunction(
        "document.getElementById('custom-data').textContent.includes('Grace')",
      );
      expect(tabs.takeSent(second)).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'what somebody has changed meanwhile is not overwritten, and is shown',
    async () => {
      const second = await tabs.open();
      await second.fill('[name=nickname]', 'mine');
      await saveNickname(page, 'theirs');
      expect(await act(second, 'save')).toContain('Somebody has changed');
      expect(await second.inputValue('[name=nickname]')).toBe('theirs');
      expect(await saveNickname(second, 'mine')).toBe('Save: done');
    },
    TIMEOUT,
  );

  test(
    'a token that has expired is refreshed when it is used, once',
    async () => {
      tabs.takeSent(page);
      await page.clock.install({ time: Date.now() + HALF_AN_HOUR });
      await page.reload();
      expect(await saveNickname(page, 'later')).toBe('Save: done');
      expect(tabs.takeSent(page)).toEqual(['refreshSession', 'writeCustomUserData']);
    },
    TIMEOUT,
  );

  test(
    'without a network the user stays, and goes on when it is back',
    async () => {
      await saveNickname(page, 'online');
      await context.setOffline(true);
      expect(await saveNickname(page, 'offline')).toBe('The gateway did not answer');
      expect(await shown(page).textContent()).toContain('online');
      await context.setOffline(false);
      expect(await saveNickname(page, 'back')).toBe('Save: done');
    },
    TIMEOUT,
  );

  test(
    'who logs out is logged out in every tab',
    async () => {
      const second = await tabs.open();
      expect(await act(page, 'logOut')).toBe('Log out: done');
      await second.waitForSelector('#log-in', { state: 'visible' });
      expect(await second.isVisible('#settings')).toBe(false);
      await second.reload();
      expect(await second.isVisible('#log-in')).toBe(true);
    },
    TIMEOUT,
  );

  test(
    'a user with an e-mail address registers and logs in; a wrong password is said',
    async () => {
      await act(page, 'logOut');
      await page.fill('[name=email]', 'ada@example.com');
      await page.fill('[name=password]', 'correct horse battery');
      expect(await act(page, 'register')).toBe('Register: done');
      await act(page, 'logOut');
      await page.fill('[name=password]', 'wrong horse battery');
      expect(await act(page, 'logIn')).not.toContain('done');
      expect(await page.isVisible('#log-in')).toBe(true);
    },
    TIMEOUT,
  );
});
