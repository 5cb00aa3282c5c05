// What keeping a history costs a write and a read on the embedded store, in milliseconds (median), when
// the history is full. Usage: npm run build && node bench/history.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../build/config.js';
import { createLog } from '../build/log.js';
import { openCustomData, openStore } from '../build/open-store.js';

const RUNS = 200;
const BYTES = 1000;
const USER_ID = '62efedca3587e6e83c0fc675';

/** @param {readonly number[]} times */
function median(times) {
  return [...times].sort((left, right) => left - right)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/**
 * @param {number} count
 * @param {(run: number) => Promise<unknown>} run
 */
async function measure(count, run) {
  /** @type {number[]} */
  const times = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await run(index);
    times.push(performance.now() - start);
  }
  return median(times);
}

for (const keep of [0, 10, 100, 1000]) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-history-'));
  const parsed = parseConfig({ DATA_DIR: dataDir, CUSTOM_DATA_HISTORY: String(keep) });
  if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
  const parts = { log: createLog('warn'), now: Date.now };
  const store = await openStore(parsed.config, parts);
  const data = await openCustomData(parsed.config, { ...parts, store, schema: null });
  const text = 'x'.repeat(BYTES);
  const write = (/** @type {number} */ n) =>
    data.write(USER_ID, { newCustomUserData: { n, text }, mode: 'MERGE' });
  for (let n = 0; n <= keep; n += 1) await write(-n);
  const ofWrite = await measure(RUNS, (n) => write(n + 1));
  const ofRead = await measure(RUNS, () => data.readSnapshot(USER_ID));
  console.log(`keep ${keep}: write ${ofWrite.toFixed(1)} ms, read ${ofRead.toFixed(1)} ms`);
  await store.close();
  await rm(dataDir, { recursive: true });
}
