import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';

const SERVE = new URL('../../examples/realm-web/serve.js', import.meta.url).pathname;

describe('the example page in a browser', () => {
  const gateway = useEmbeddedGateway();
  let browser: Browser;
  let site: ChildProcess;
  let address: string;
  let page: Page;

  beforeAll(async () => {
    site = spawn(process.execPath, [SERVE], {
      env: { PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (site.stdout === null) throw new Error('The example has no output');
    [address] = await once(createInterface(site.stdout), 'line');
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(`${address}?gateway=${encodeURIComponent(gateway().url)}`);
  }, 60_000);
  afterAll(async () => {
    site.kill();
    await browser.close();
  });

  /** Clicks, and resolves once the page shows the answer. */
  async function act(button: string, answerOf: string): Promise<void> {
    const answered = page.waitForResponse(
      (response) => response.url().endsWith(answerOf) && response.request().method() !== 'OPTIONS',
    );
    await page.click(`#${button}`);
    await (await answered).finished();
  }

  const text = (id: string) => page.locator(`#${id}`);
  const customData = async () => JSON.parse((await text('custom-data').textContent()) ?? '');

  test('an e-mail user registers, logs in, writes, reloads and logs out', async () => {
    await page.fill('#email', 'someone@example.com');
    await page.fill('#password', 'correct horse');
    await act('register', '/register');
    await act('email-log-in', '/auth/profile');
    await text('save').waitFor();
    expect(await customData()).toEqual({});

    await page.fill('#color', 'blue');
    await act('save', '/auth/session');
    await page.waitForFunction("document.getElementById('custom-data').value.includes('blue')");
    expect(await customData()).toMatchObject({ favoriteColor: 'blue' });

    await page.reload();
    await text('save').waitFor();
    expect(await customData()).toMatchObject({ favoriteColor: 'blue' });
    await act('refresh', '/auth/session');

    await act('log-out', '/auth/session');
    await text('email-log-in').waitFor();
    expect(await text('user').textContent()).toBe('nobody');
  }, 30_000);

  test('a wrong password is said and nothing else happens', async () => {
    await page.fill('#email', 'someone@example.com');
    await page.fill('#password', 'wrong password');
    await act('email-log-in', '/login');
    await page.waitForFunction("document.getElementById('error').textContent !== ''");
    expect(await text('error').textContent()).toContain('unauthorized');
    expect(await text('user').textContent()).toBe('nobody');
  }, 30_000);

  test('an anonymous user writes', async () => {
    await act('anonymous-log-in', '/auth/profile');
    await text('save').waitFor();
    await page.fill('#color', 'green');
    await act('save', '/auth/session');
    await page.waitForFunction("document.getElementById('custom-data').value.includes('green')");
    expect(await customData()).toMatchObject({ favoriteColor: 'green' });
  }, 30_000);
});
