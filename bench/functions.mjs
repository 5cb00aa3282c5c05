// How long a call of an operator's function takes: the first one, which starts a process, and later
// ones. Usage: npm run build && node bench/functions.mjs [calls]
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadApp } from '../dist/functions/app/load-app.js';
import { createFunctions } from '../dist/functions/create-functions.js';
import { createLog } from '../dist/log.js';

const COLD_RUNS = 5;
const SOURCES = {
  add: 'exports = (a, b) => a + b',
  read: `exports = () =>
    context.services.get('mongodb-atlas').db('d').collection('c').findOne({ userId: context.user.id })`,
  pid: 'exports = () => process.pid',
};
const user = { id: 'u', type: 'normal', data: {}, custom_data: {}, identities: [] };
const document = { _id: 'x', name: 'Ada', tags: ['a', 'b', 'c'] };

const directory = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
for (const [name, source] of Object.entries(SOURCES)) {
  await writeFile(join(directory, `${name}.js`), source);
}
const app = await loadApp(directory, { environment: 'no-environment', secretsFile: undefined });
const open = () =>
  createFunctions(app, {
    appId: 'myapp-abcde',
    data: async () => ({ run: async () => document }),
    log: createLog('silent'),
    timeoutSeconds: 30,
    memoryMb: 128,
    threads: 4,
  });

async function time(functions, name, args = []) {
  const startedAt = performance.now();
  const { result } = await functions.call({ name, args, user, origin: 'system' });
  return { milliseconds: performance.now() - startedAt, result };
}
const quantile = (values, part) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
const report = (what, values) =>
  console.log(
    `${what.padEnd(34)} median ${quantile(values, 0.5).toFixed(1)} ms, 95 % ${quantile(values, 0.95).toFixed(1)} ms`,
  );

const calls = Number(process.argv[2] ?? 500);
try {
  const cold = [];
  for (let run = 0; run < COLD_RUNS; run += 1) {
    const functions = open();
    cold.push((await time(functions, 'add', [1, 2])).milliseconds);
    await functions.close();
  }
  report('first call, starts a process', cold);

  const functions = open();
  await time(functions, 'add', [1, 2]);
  for (const [what, name] of [
    ['next calls, adds two numbers', 'add'],
    ['next calls, reads one document', 'read'],
  ]) {
    const warm = [];
    for (let call = 0; call < calls; call += 1) {
      warm.push((await time(functions, name, [1, 2])).milliseconds);
    }
    report(what, warm);
  }
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let call = 0; call < calls; call += 1) await time(functions, 'add', [1, 2]);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`four at once, calls a second         ${Math.round((4 * calls) / seconds)}`);
  const { result } = await time(functions, 'pid');
  const status = await readFile(`/proc/${result}/status`, 'utf8');
  const megabytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  console.log(`memory of one process               ${megabytes.toFixed(0)} MB resident`);
  await functions.close();
} finally {
  await rm(directory, { recursive: true, force: true });
}
