/**
 * Makes the pictures of the explorer in `docs/images`: `npm run docs:images`. It starts a gateway on an empty store, and
 * Chromium (`CHROMIUM_PATH`).
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startTimed } from '../bench/lib/servers.mjs';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const VIEWPORT = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

const directory = await mkdtemp(join(tmpdir(), 'screenshots-'));
const { server } = await startTimed({ DATA_DIR: directory, CUSTOM_DATA_HISTORY: '10' });
await mkdir(IMAGES, { recursive: true });
try {
  const url = `${server.url}/`;
  const browser = await chromium.launch({
    executablePath: env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const page = await browser.newPage({ viewport: VIEWPORT, colorScheme });
    await page.goto(url);
    await showSession(page);
    if (colorScheme === 'light') await page.screenshot({ path: `${IMAGES}explorer-session.png` });
    await showStale(page, url);
    if (colorScheme === 'light') {
      await page.screenshot({ path: `${IMAGES}explorer-light.png` });
      await page.setViewportSize(NARROW);
      await page.getByRole('tab', { name: 'Panels' }).click();
      await page.screenshot({ path: `${IMAGES}explorer-narrow.png` });
    } else {
      await page.getByRole('button', { name: 'Side by side' }).click();
      await page.getByRole('dialog').getByText('"green"').waitFor();
      await page.screenshot({ path: `${IMAGES}explorer-dark.png` });
    }
    await page.close();
  }
  await browser.close();
} finally {
  await server.stop();
  await rm(directory, { recursive: true });
}

/**
 * Logs in, writes and runs the first operation.
 * @param {import('playwright-core').Page} page
 */
async function showSession(page) {
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('heading', { name: 'Logged in' }).waitFor();
  await page.getByLabel('Operation to run').selectOption('Write');
  await run(page);
  await page.getByLabel('Operation to run').selectOption('WhoAmI');
  await run(page);
  await page.getByText('Claims of the token').click();
}

/** @param {import('playwright-core').Page} page */
async function run(page) {
  const answered = page.waitForResponse((response) => response.url().endsWith('/graphql'));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await answered;
  await page.getByText(/^Status 200$/).waitFor();
}

/**
 * Writes past the token, as another device would, and looks.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
async function showStale(page, url) {
  const kept = /** @type {string} */ (await page.evaluate("sessionStorage.getItem('session')"));
  const { accessToken } = JSON.parse(kept);
  const query =
    'mutation { writeCustomUserData(newCustomUserData: {favoriteColor: "green", visits: 1}) { result { acknowledged } } }';
  await fetch(`${url}graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query }),
  });
  await page.getByRole('tab', { name: 'Custom data' }).click();
  await page.getByText(/^Token shows/).waitFor();
}
