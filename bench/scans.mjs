/**
 * Queries that read a whole collection of the embedded store: how long they take, how long anything
 * else has to wait meanwhile, and how much memory they need. `node bench/scans.mjs [documents]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../build/store/embedded/embedded-store.js';

const COUNT = Number(process.argv[2] ?? 100_000);
const BATCH = 5_000;
const MEBIBYTE = 2 ** 20;

const dataDir = await mkdtemp(join(tmpdir(), 'bench-scans-'));
const store = await openEmbeddedStore({ dataDir, now: Date.now });
const service = await store.dataService();
const run = (method, ...args) => service.run({ database: 'd', collection: 'c', method, args });

for (let start = 0; start < COUNT; start += BATCH) {
  const documents = Array.from({ length: BATCH }, (_, n) => {
    return { n: start + n, group: n % 100, text: 'x'.repeat(100) };
  });
  await run('insertMany', documents);
}

/** Runs `query` and watches how long a timer that is due has to wait, and how the memory grows. */
async function measure(name, query) {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let [longest, peak, last] = [0, before, performance.now()];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  const timer = setInterval(look, 1);
  const begin = performance.now();
  const result = await query();
  const took = performance.now() - begin;
  look();
  clearInterval(timer);
  const size = Array.isArray(result) ? `${result.length} results` : String(result);
  const heap = ((peak - before) / MEBIBYTE).toFixed(0);
  console.log(
    `${name}: ${took.toFixed(0)} ms, others wait ${longest.toFixed(0)} ms at most, heap +${heap} MB (${size})`,
  );
}

await measure('count({})', () => run('count', {}));
await measure('count({n: {$gte: 0}})', () => run('count', { n: { $gte: 0 } }));
await measure('find({}).sort({n: -1}).limit(10)', () =>
  run('find', {}, {}, { sort: { n: -1 }, limit: 10 }),
);
await measure('find({}).sort({_id: 1}).limit(10)', () =>
  run('find', {}, {}, { sort: { _id: 1 }, limit: 10 }),
);
await measure('distinct("group")', () => run('distinct', 'group'));
await measure('aggregate $group by group', () =>
  run('aggregate', [{ $group: { _id: '$group', n: { $sum: 1 } } }]),
);
await measure('updateMany({})', async () => {
  const { modifiedCount } = await run('updateMany', {}, { $set: { seen: true } });
  return modifiedCount;
});

await store.close();
await rm(dataDir, { recursive: true });
