/** The explorer in a browser that reaches the gateway and nobody else. */
import { expect } from '@jest/globals';
import axe from 'axe-core';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from 'playwright-core';

/** A page, and what went wrong in it. */
export interface ExplorerPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, of scripts and of the content security policy; addresses that were asked for elsewhere. */
  readonly faults: string[];
  /** What was sent to `/graphql`, the latest last: headers and body. */
  readonly sent: { readonly authorization: string | undefined; readonly body: string }[];
  readonly close: () => Promise<void>;
}

/** How it is opened. */
interface ExplorerOptions extends BrowserContextOptions {
  /** What the clock of the browser says, epoch milliseconds. */
  readonly now?: number;
}

/** Opens it. */
export async function openExplorer(
  browser: Browser,
  url: string,
  options: ExplorerOptions = {},
): Promise<ExplorerPage> {
  const explorer = await openEmptyPage(browser, url, options);
  await explorer.page.goto(`${url}/`);
  await editor(explorer.page, 'Operation').waitFor();
  return explorer;
}

/** Opens a page with nothing in it, for any page of the gateway at `url`. */
export async function openEmptyPage(
  browser: Browser,
  url: string,
  { now, ...options }: ExplorerOptions = {},
): Promise<ExplorerPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  if (now !== undefined) await context.clock.setSystemTime(now);
  const faults: string[] = [];
  const sent: ExplorerPage['sent'] = [];
  await context.route('**', async (route) => {
    const request = route.request();
    if (!request.url().startsWith(`${url}/`)) {
      faults.push(`asked for ${request.url()}`);
      await route.abort();
      return;
    }
    if (request.url() === `${url}/graphql` && request.method() === 'POST') {
      const authorization = await request.headerValue('authorization');
      sent.push({ authorization: authorization ?? undefined, body: request.postData() ?? '' });
    }
    await route.continue();
  });
  const page = await context.newPage();
  // Less than a test has, so that it says what it waited for.
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => {
    // A browser says so of every answer above 399, which are what some of the tests are about.
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  return { page, context, faults, sent, close: () => context.close() };
}

/** The text of the editor of a name. */
export function editor(page: Page, label: string): Locator {
  return page.getByRole('textbox', { name: label, exact: true });
}

/** Replaces what is in it. */
export async function write(page: Page, label: string, text: string): Promise<void> {
  await editor(page, label).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  // As if pasted: brackets are not closed by the editor.
  await page.keyboard.insertText(text);
}

/** What the editor shows, without line numbers. */
export async function read(page: Page, label: string): Promise<string> {
  return (await editor(page, label).locator('.cm-line').allTextContents()).join('\n');
}

/** What axe-core has against the page as it is now. */
async function findBarriers(page: Page): Promise<string[]> {
  // The policy of the page refuses scripts of others; this one comes through the protocol of the debugger.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, any }) => html + ' ' + (any[0]?.message ?? '')).join(' | ')))`,
  );
  return violations as string[];
}

/** Nothing went wrong, and nothing stands in anybody's way. */
export async function expectGood({ page, faults }: ExplorerPage): Promise<void> {
  expect(await findBarriers(page)).toEqual([]);
  expect(faults).toEqual([]);
}

/** Opens a panel at the side. */
export async function showPanel(page: Page, name: string): Promise<Locator> {
  await page.getByRole('tab', { name, exact: true }).click();
  return page.getByRole('tabpanel', { name, exact: true });
}

/** Logs in, by the values of the fields of a way. */
export async function logInOnPage(
  page: Page,
  way: string,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const panel = await showPanel(page, 'Session');
  await panel.getByLabel('Log in with').selectOption(way);
  for (const [label, value] of Object.entries(values)) await panel.getByLabel(label).fill(value);
  await panel.getByRole('button', { name: 'Log in', exact: true }).click();
  await panel.getByRole('heading', { name: 'Logged in' }).waitFor();
}

/** Runs an operation and gives what the page shows of the answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests read whatever shape they asked for
export async function runOnPage(page: Page, query: string): Promise<any> {
  await write(page, 'Operation', query);
  const answered = page.waitForResponse(
    (response) => response.request().postData()?.includes(JSON.stringify(query)) === true,
  );
  await page.keyboard.press('Control+Enter');
  await answered;
  await page.locator('.answer[aria-busy=false]').waitFor();
  return JSON.parse(await read(page, 'Answer, as JSON'));
}

/** The access token that the page has. */
export async function readToken(page: Page): Promise<string> {
  const kept = await page.evaluate("sessionStorage.getItem('session')");
  return JSON.parse(String(kept)).accessToken;
}
