/**
 * How long the explorer takes until somebody can type, from the first byte of the page, with an empty cache:
 * `npm run build`, then `node bench/explorer.mjs`. It starts a gateway and Chromium (`CHROMIUM_PATH`).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { chromium } from 'playwright-core';
import { startTimed } from './lib/servers.mjs';

const ROUNDS = 11;
/** Notes when the editor is there and takes what is typed. */
const WATCH = `const look = () => {
  const editor = document.querySelector('.operation-text .code-editor')?.shadowRoot?.querySelector('.cm-content');
  if (editor?.isContentEditable) window.readyAt = performance.now();
  else requestAnimationFrame(look);
};
look();`;
const READ = `(() => {
  const [page] = performance.getEntriesByType('navigation');
  const files = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'));
  const bytes = [page, ...files].reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return { milliseconds: window.readyAt - page.responseStart, bytes };
})()`;

const directory = await mkdtemp(join(tmpdir(), 'bench-explorer-'));
const { server } = await startTimed({ DATA_DIR: directory });
try {
  const browser = await chromium.launch({
    executablePath: env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(server.url);
    await page.waitForFunction('window.readyAt !== undefined');
    rounds.push(/** @type {{ milliseconds: number, bytes: number }} */ (await page.evaluate(READ)));
    await context.close();
  }
  await browser.close();
  const times = rounds.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const middle = times[Math.floor(ROUNDS / 2)] ?? 0;
  console.log(
    `ready to type after ${middle.toFixed(0)} ms (${times[0]?.toFixed(0)} to ${times.at(-1)?.toFixed(0)}), ${rounds[0]?.bytes} bytes`,
  );
} finally {
  await server.stop();
  await rm(directory, { recursive: true });
}
