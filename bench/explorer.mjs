/**
 * How long the explorer takes until somebody can type, from the first byte of the page, with an empty cache:
 * `npm run build`, then `node bench/explorer.mjs`. It starts a gateway and Chromium (`CHROMIUM_PATH`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROUNDS = 11;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
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
const gateway = spawn(execPath, [MAIN], {
  env: { PATH: env.PATH, DATA_DIR: directory, PORT: '0' },
  stdio: ['ignore', 'ignore', 'pipe'],
});
try {
  const url = await readAddress();
  const browser = await chromium.launch({
    executablePath: env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(url);
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
  gateway.kill();
  await once(gateway, 'exit');
  await rm(directory, { recursive: true });
}

/** The address that the gateway prints. */
async function readAddress() {
  for await (const line of createInterface(gateway.stderr)) {
    const [, url] = /Explorer\s+(http:\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    gateway.stderr.resume();
    return url;
  }
  throw new Error('The gateway ended before it listened');
}
