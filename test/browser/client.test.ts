/** The client package in real tabs: real locks, storage, events and network. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import { type BrowserApp, serveBrowserApp } from '../support/client/browser-app.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';

const HALF_HOUR = 1_800_000;

describe('the client package in a browser', () => {
  let gateway: TestGateway;
  let removeData: () => Promise<void>;
  const browser = useBrowser();
  let app: BrowserApp;
  let ahead = 0;
  let context: BrowserContext;

  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeData = directory.remove;
    gateway = await startGateway({ DATA_DIR: directory.path }, { now: () => Date.now() + ahead });
    app = await serveBrowserApp();
  }, 60_000);
  afterEach(() => context.close());
  afterAll(async () => {
    await app.stop();
    await gateway.stop();
    await removeData();
  });

  async function openTab(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${app.address}/?gateway=${encodeURIComponent(gateway.url)}`);
    await page.waitForFunction('globalThis.app !== undefined');
    await page.evaluate(`globalThis.ahead = ${ahead}`);
    return page;
  }

  const logIn = (page: Page) => page.evaluate('app.session.logIn({ anonymous: true })');
  const shown = (page: Page) => page.evaluate<string>('document.body.textContent');
  const waitFor = (page: Page, condition: string) => page.waitForFunction(condition);

  test('a reload shows the user at once, without a request', async () => {
    context = await browser().newContext();
    const page = await openTab();
    await logIn(page);
    await page.evaluate('app.session.writeCustomUserData({ color: "blue" })');
    const before = await shown(page);
    await page.reload();
    expect(await shown(page)).toBe(before);
    expect(await page.evaluate('app.session.user.customData.color')).toBe('blue');
    expect(await page.evaluate('app.count("")')).toBe(0);
  }, 30_000);

  test('another tab sees log-in, write and log-out at once', async () => {
    context = await browser().newContext();
    const [here, there] = [await openTab(), await openTab()];
    await logIn(here);
    await waitFor(there, 'app.session.status === "loggedIn"');
    await there.evaluate('app.session.writeCustomUserData({ color: "red" })');
    await waitFor(here, 'app.session.user.customData?.color === "red"');
    await here.evaluate('app.session.logOut()');
    await waitFor(there, 'document.body.textContent === "loggedOut nobody"');
    expect(await there.evaluate('app.session.getAccessToken()')).toBeNull();
  }, 30_000);

  test('a page that comes back from the back/forward cache after a log-out shows nobody', async () => {
    context = await browser().newContext();
    const [here, there] = [await openTab(), await openTab()];
    await logIn(here);
    await waitFor(there, 'app.session.status === "loggedIn"');
    await there.goto(`${app.address}/elsewhere`);
    await here.evaluate('app.session.logOut()');
    await there.goBack();
    await waitFor(there, 'document.body.textContent === "loggedOut nobody"');
  }, 30_000);

  test('without a network the user stays, and what was refused works when it is back', async () => {
    context = await browser().newContext();
    const page = await openTab();
    await logIn(page);
    const before = await shown(page);
    ahead += HALF_HOUR;
    await page.evaluate(`globalThis.ahead = ${ahead}`);
    await context.setOffline(true);
    const codeOfWrite = 'app.session.writeCustomUserData({ a: 1 }).catch(({ code }) => code)';
    expect(await page.evaluate(codeOfWrite)).toBe('OFFLINE');
    expect(await page.evaluate(codeOfWrite)).toBe('OFFLINE');
    expect([await shown(page), await page.evaluate('app.count("refreshSession")')]).toEqual([
      before,
      1,
    ]);
    await page.evaluate(
      'globalThis.back = new Promise((resolve) => addEventListener("online", () => resolve())); 0',
    );
    await context.setOffline(false);
    await page.evaluate('globalThis.back');
    await page.evaluate('app.session.writeCustomUserData({ a: 1 })');
    expect(await page.evaluate('app.session.user.customData.a')).toBe(1);
  }, 30_000);

  test.each([
    ['with locks', true, 1.2],
    ['without locks', false, 2],
  ])(
    'two tabs %s lose none of 10 requests each in 200 expiries',
    async (_name, hasLocks, most) => {
      context = await browser().newContext();
      if (!hasLocks) {
        await context.addInitScript(
          'Object.defineProperty(navigator, "locks", { value: undefined })',
        );
      }
      const tabs = [await openTab(), await openTab()] as const;
      expect(await tabs[0].evaluate('navigator.locks !== undefined')).toBe(hasLocks);
      await logIn(tabs[0]);
      await waitFor(tabs[1], 'app.session.status === "loggedIn"');
      const lost: unknown[] = [];
      for (let round = 0; round < 200; round += 1) {
        ahead += HALF_HOUR;
        const answers = tabs.map((tab) => tab.evaluate<string[]>(`app.round(${ahead}, 10)`));
        lost.push(...(await Promise.all(answers)).flat());
      }
      expect(lost).toEqual([]);
      const counts = await Promise.all(
        tabs.map((tab) => tab.evaluate<number>('app.count("refreshSession")')),
      );
      const refreshes = counts.reduce((sum, count) => sum + count, 0) / 200;
      expect(refreshes).toBeLessThanOrEqual(most);
      expect(refreshes).toBeGreaterThanOrEqual(1);
    },
    120_000,
  );
});
