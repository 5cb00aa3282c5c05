// How long the gateway takes from its start to being ready on an empty embedded store, and how much
// memory it holds when idle. Usage: npm run build && node bench/start.mjs [runs]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const MAIN = new URL('../dist/main.js', import.meta.url).pathname;
const IDLE_MILLISECONDS = 3000;

async function measure() {
  const dataDir = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url } = JSON.parse(line);
    const ready = await fetch(`${url}/health/ready`);
    if (!ready.ok) throw new Error(`Not ready: ${ready.status}`);
    const milliseconds = performance.now() - startedAt;
    await delay(IDLE_MILLISECONDS);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return { milliseconds, megabytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024 };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(dataDir, { recursive: true, force: true });
  }
}

const runs = Number(process.argv[2] ?? 5);
const results = [];
for (let run = 0; run < runs; run += 1) results.push(await measure());
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(
  `start to ready: ${median(results.map((r) => r.milliseconds)).toFixed(0)} ms (median of ${runs})`,
);
console.log(`idle memory:    ${median(results.map((r) => r.megabytes)).toFixed(0)} MB resident`);
