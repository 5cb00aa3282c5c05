/** The explorer on every size of window, in both themes, and by keys alone. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import {
  type ExplorerPage,
  expectGood,
  logInOnPage,
  openExplorer,
  showPanel,
} from '../support/explorer-page.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';

const TIMEOUT = 60_000;
/** Widths, and a window of 1280 at a zoom of 200 %. */
const WINDOWS = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
  { width: 640, height: 400 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const NARROW = 640;
const PANELS = ['Session', 'Custom data', 'Docs', 'History'];

describe('the looks of the explorer', () => {
  const gateway = useEmbeddedGateway({ CUSTOM_DATA_HISTORY: '5' });
  const browser = useBrowser();
  let explorer: ExplorerPage;

  afterEach(() => explorer.close());

  const cases = (['light', 'dark'] as const).flatMap((colorScheme) =>
    WINDOWS.map((viewport) => [viewport.width, colorScheme, viewport] as const),
  );

  test.each(cases)(
    'at a width of %d, %s, every part can be read and reached, and only code scrolls sideways',
    async (width, colorScheme, viewport) => {
      explorer = await openExplorer(browser(), gateway().url, { viewport, colorScheme });
      const { page } = explorer;
      const isNarrow = width <= NARROW;
      await expectFitting(page);
      if (isNarrow) await page.getByRole('tab', { name: 'Panels' }).click();
      await expectGood(explorer);
      await logInOnPage(page, 'Anonymous');
      for (const name of PANELS) {
        const panel = await showPanel(page, name);
        if (name === 'Custom data')
          await panel.getByRole('button', { name: /^Write on/ }).waitFor();
        await expectFitting(page);
        await expectGood(explorer);
      }
      await page.keyboard.press('Control+Enter');
      await page.getByText(/^Status 200$/).waitFor();
      await expectFitting(page);
      await expectGood(explorer);
    },
    TIMEOUT,
  );

  test(
    'a theme that is chosen stays over a reload',
    async () => {
      explorer = await openExplorer(browser(), gateway().url, { colorScheme: 'light' });
      const { page } = explorer;
      const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(await background()).toBe('rgb(255, 255, 255)');
      await page.getByLabel('Theme').selectOption('Dark');
      expect(await background()).toBe('rgb(18, 22, 29)');
      await expectGood(explorer);
      await page.reload();
      await page.getByLabel('Theme').waitFor();
      expect(await background()).toBe('rgb(18, 22, 29)');
    },
    TIMEOUT,
  );

  test(
    'keys alone log in, read the document, and run an operation',
    async () => {
      explorer = await openExplorer(browser(), gateway().url);
      const { page } = explorer;
      await tabTo(page, 'Skip to the operation');
      await tabTo(page, 'Log in');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Logged in' }).waitFor();
      await tabTo(page, 'Session', 'Shift+Tab');
      await page.keyboard.press('ArrowRight');
      await page.getByRole('tabpanel', { name: 'Custom data' }).waitFor();
      await tabTo(page, 'Run');
      await page.keyboard.press('Enter');
      await page.getByText(/^Status 200$/).waitFor();
      expect(explorer.faults).toEqual([]);
    },
    TIMEOUT,
  );
});

async function expectFitting(page: Page): Promise<void> {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}

/** Presses Tab until the focus is on what has this text. */
async function tabTo(page: Page, text: string, key = 'Tab'): Promise<void> {
  const MAX_STOPS = 40;
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    await page.keyboard.press(key);
    const focused = await page.evaluate('document.activeElement.textContent.trim()');
    if (focused === text) return;
  }
  throw new Error(`No stop of the ${key} key is "${text}"`);
}
