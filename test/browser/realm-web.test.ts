import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import { type ExampleSite, serveExample } from '../support/example-site.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';

describe('the example page in a browser', () => {
  const gateway = useEmbeddedGateway();
  const browser = useBrowser();
  let site: ExampleSite;
  let page: Page;

  beforeAll(async () => {
    site = await serveExample('realm-web');
    page = await browser().newPage();
    await page.goto(`${site.address}?gateway=${encodeURIComponent(gateway().url)}`);
  }, 60_000);
  afterAll(async () => {
    await site.stop();
  });

  /** Clicks; resolves with what the page says once the answer is there. */
  async function act(button: string): Promise<string> {
    await page.click(`#${button}`);
    const said = await page.waitForFunction("document.getElementById('status').textContent");
    return String(await said.jsonValue());
  }

  const text = (id: string) => page.locator(`#${id}`);
  const customData = async () => JSON.parse((await text('custom-data').textContent()) ?? '');

  test('an e-mail user registers, logs in, writes, reloads and logs out', async () => {
    await page.fill('#email', 'someone@example.com');
    await page.fill('#password', 'correct horse');
    expect(await act('register')).toBe('register: done');
    expect(await act('email-log-in')).toBe('email-log-in: done');
    expect(await customData()).toEqual({});

    await page.fill('#color', 'blue');
    expect(await act('save')).toBe('save: done');
    expect(await customData()).toMatchObject({ favoriteColor: 'blue' });

    await page.reload();
    expect(await customData()).toMatchObject({ favoriteColor: 'blue' });
    expect(await act('refresh')).toBe('refresh: done');

    expect(await act('log-out')).toBe('log-out: done');
    expect(await text('user').textContent()).toBe('nobody');
  }, 30_000);

  test('a wrong password is said and nothing else happens', async () => {
    await page.fill('#email', 'someone@example.com');
    await page.fill('#password', 'wrong password');
    expect(await act('email-log-in')).toContain('unauthorized');
    expect(await text('user').textContent()).toBe('nobody');
  }, 30_000);

  test('an anonymous user writes', async () => {
    expect(await act('anonymous-log-in')).toBe('anonymous-log-in: done');
    await page.fill('#color', 'green');
    expect(await act('save')).toBe('save: done');
    expect(await customData()).toMatchObject({ favoriteColor: 'green' });
  }, 30_000);
});
