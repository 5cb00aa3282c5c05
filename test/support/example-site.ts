/** A page of `examples/`, served as its README says. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

/** A page that is served. */
export interface ExampleSite {
  /** Its address, with a slash at the end. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

const VITE = new URL('../../node_modules/vite/bin/vite.js', import.meta.url).pathname;

/** Runs `serve.js` of the example on a free port. */
export function serveExample(name: string): Promise<ExampleSite> {
  return serve([fileURLToPath(exampleAt(`${name}/serve.js`))]);
}

/** Builds the example with Vite, as for an app's users, and serves what comes of it on a free port. */
export async function serveBuiltExample(name: string): Promise<ExampleSite> {
  const root = fileURLToPath(exampleAt(name));
  const outDir = await mkdtemp(join(tmpdir(), 'custom-user-data-example-'));
  await promisify(execFile)(process.execPath, [VITE, 'build', root, '--outDir', outDir]);
  const port = String(await freePort());
  const options = ['--outDir', outDir, '--host', '127.0.0.1', '--port', port, '--strictPort'];
  const { address, stop } = await serve([VITE, 'preview', root, ...options]);
  return {
    address,
    async stop() {
      await stop();
      await rm(outDir, { recursive: true });
    },
  };
}

const exampleAt = (path: string) => new URL(`../../examples/${path}`, import.meta.url);

/** Runs what prints its address, and nothing else that looks like one. */
async function serve(args: readonly string[]): Promise<ExampleSite> {
  const site = spawn(process.execPath, [...args], {
    env: { PORT: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(site.stdout)) {
    const [address] = /http:\/\/\S+\//.exec(line) ?? [];
    if (address === undefined) continue;
    site.stdout.resume();
    return { address, stop: () => end(site) };
  }
  throw new Error('The example ended before it was served');
}

async function end(site: ChildProcess): Promise<void> {
  site.kill();
  await once(site, 'exit');
}
