/**
 * What more users, and larger documents, do to a gateway on the embedded store: stores are filled, a real gateway
 * serves each, and all are asked in turns. `npm run bench:growth -- --help`
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { ASK, openWorld, serve } from './lib/growth-worlds.mjs';
import { usageBetween, usageOf } from './lib/process.mjs';
import { createConditions, median, quantile, say, table, writeSection } from './lib/report.mjs';
import { startTimed } from './lib/servers.mjs';

const HELP = `Usage: npm run bench:growth -- [options]

  --users LIST      how many users the stores have, the smallest first (1000,100000)
  --documents LIST  KB of a document, each in a store of the smallest size (0.1,1,4)
  --rounds N        rounds of each measurement, after one that warms up (7)
  --requests N      requests of a round (50)
  --minutes N       how long filling one store may take (30)
  --folder DIR      keeps the filled stores there and takes those that are there, else a temporary one
  --no-write        leaves docs/benchmarks.md as it is
  --help            this text

A million users need about 5 GB and, on an idle machine, some ten minutes to fill. Stores that are kept grow by the
sessions of each run.
`;
const { values: options } = parseArgs({
  options: {
    users: { type: 'string', default: '1000,100000' },
    documents: { type: 'string', default: '0.1,1,4' },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '50' },
    minutes: { type: 'string', default: '30' },
    folder: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const toNumbers = (/** @type {string} */ list) => list.split(',').filter(Boolean).map(Number);
const users = toNumbers(options.users);
const documents = toNumbers(options.documents);
const [rounds, requests, minutes] = [options.rounds, options.requests, options.minutes].map(Number);
if (
  users.length === 0 ||
  ![...users, ...documents, rounds, requests, minutes].every((n) => n > 0)
) {
  stderr.write(HELP);
  process.exit(2);
}

/** About the size of a document where users are counted. */
const USUAL_BYTES = 400;
const BYTES_PER_KB = 1000;
const BYTES_PER_KIB = 1024;

/**
 * @typedef {import('./lib/growth-worlds.mjs').World & { readonly figures: Figures }} World
 * @typedef {Record<string, { times: number[], usages: import('./lib/process.mjs').Usage[] }>} Figures
 */

const START = 'start to ready';

/**
 * @param {World} world
 * @param {string} name
 * @param {readonly number[]} times
 * @param {import('./lib/process.mjs').Usage} usage of one request
 */
function note({ figures }, name, times, usage) {
  figures[name] ??= { times: [], usages: [] };
  figures[name].times.push(...times);
  figures[name].usages.push(usage);
}

/** @param {readonly World[]} worlds */
async function measureStarts(worlds) {
  for (let round = -1; round < rounds; round += 1) {
    for (const world of worlds) {
      const { cpuMilliseconds, milliseconds, server } = await startTimed(world.env);
      const { pageFaults } = usageOf(server.pid);
      await server.stop();
      const cpuSeconds = cpuMilliseconds / 1000;
      if (round >= 0)
        note(world, START, [milliseconds], { cpuSeconds, bytesWritten: 0, pageFaults });
    }
    say(`starts: round ${round + 1} of ${rounds}`);
  }
}

/**
 * A round of one operation: as many requests as the options say, one after the other, each of another user.
 *
 * @param {World} world
 * @param {import('./lib/growth-worlds.mjs').Served} served
 * @param {string} name
 */
async function measureRound(world, served, name) {
  const { client, people, server } = served;
  /** @type {number[]} */
  const times = [];
  const before = usageOf(server.pid);
  for (let count = 0; count < requests; count += 1) {
    served.next += STRIDE;
    const person = /** @type {import('./lib/growth-worlds.mjs').Person} */ (
      people[served.next % people.length]
    );
    const begun = performance.now();
    await ASK[name]?.(client, person, world);
    times.push(performance.now() - begun);
  }
  const { bytesWritten, cpuSeconds, pageFaults } = usageBetween(before, usageOf(server.pid));
  const usage = {
    cpuSeconds: cpuSeconds / requests,
    bytesWritten: bytesWritten / requests,
    pageFaults: pageFaults / requests,
  };
  return { times, usage };
}

/** No user is asked for whose pages were just used, and everyone has their turn: it divides no size of a sample. */
const STRIDE = 379;

/** @param {readonly World[]} worlds */
async function measureRequests(worlds) {
  /** @type {Map<World, import('./lib/growth-worlds.mjs').Served>} */
  const all = new Map();
  for (const world of worlds) {
    say(`logging in to the store of ${world.count} users`);
    all.set(world, await serve(world));
  }
  const begun = performance.now();
  for (let round = -1; round < rounds; round += 1) {
    for (const name of Object.keys(ASK)) {
      for (const [world, served] of all) {
        const { times, usage } = await measureRound(world, served, name);
        if (round >= 0) note(world, name, times, usage);
      }
    }
    const left = ((performance.now() - begun) / (round + 2)) * (rounds - round - 1);
    say(`requests: round ${round + 1} of ${rounds}, ${(left / 1000).toFixed(0)} s left`);
  }
  for (const { client, server } of all.values()) {
    client.close();
    await server.stop();
  }
}

/** @type {readonly [name: string, of: (figures: Figures[string]) => number, digits: number][]} */
const COLUMNS = [
  ['ms', ({ times }) => median(times), 1],
  ['p95 ms', ({ times }) => quantile(times, 0.95), 1],
  ['CPU ms', ({ usages }) => 1000 * median(usages.map(({ cpuSeconds }) => cpuSeconds)), 2],
  [
    'KiB written',
    ({ usages }) => median(usages.map(({ bytesWritten }) => bytesWritten)) / BYTES_PER_KIB,
    1,
  ],
  ['page faults', ({ usages }) => median(usages.map(({ pageFaults }) => pageFaults)), 1],
];

/**
 * A row for each operation and store, with the ratios to the first store.
 *
 * @param {readonly World[]} worlds
 * @param {(world: World) => string} label
 * @param {readonly string[]} names
 */
function renderFigures(worlds, label, names) {
  const rows = names.flatMap((name) =>
    worlds.map((world) => {
      const cells = COLUMNS.map(([, of, digits]) =>
        of(world.figures[name] ?? NOTHING).toFixed(digits),
      );
      const ratios = COLUMNS.slice(0, RATIOS).map(([, of]) => {
        const ratio = of(world.figures[name] ?? NOTHING) / of(worlds[0]?.figures[name] ?? NOTHING);
        return world === worlds[0] ? '' : ratio.toFixed(2);
      });
      return [
        name,
        label(world),
        cells[0],
        ratios[0],
        cells[1],
        ratios[1],
        cells[2],
        ratios[2],
        ...cells.slice(RATIOS),
      ];
    }),
  );
  const heads = [
    '',
    '',
    'ms',
    'ratio',
    'p95 ms',
    'ratio',
    'CPU ms',
    'ratio',
    'KiB written',
    'page faults',
  ];
  return table(
    heads,
    rows.map((row) => row.map((cell) => cell ?? '')),
  );
}

const NOTHING = { times: [], usages: [] };
/** Of the columns, those that have a ratio beside them. */
const RATIOS = 3;

/** @param {readonly World[]} worlds */
function renderFiles(worlds) {
  const rows = worlds.map(({ bytes, count, trees }) => {
    const large = trees.filter(({ entries }) => entries >= count);
    const depths = [...new Set(large.map(({ depth }) => depth))].sort();
    const pages = large.reduce((sum, each) => sum + each.pages, 0);
    return [
      count,
      (bytes / 2 ** 20).toFixed(1),
      (bytes / count).toFixed(0),
      pages,
      depths.join(' or '),
    ];
  });
  return table(['users', 'MiB', 'bytes a user', 'pages in use', 'levels of its trees'], rows);
}

const conditions = createConditions();
const root = options.folder ?? (await mkdtemp(join(tmpdir(), 'custom-user-data-growth-')));
/**
 * @param {number} count
 * @param {number} documentBytes
 * @returns {Promise<World>}
 */
const open = async (count, documentBytes) => ({
  ...(await openWorld(root, { count, documentBytes, minutes })),
  figures: {},
});
try {
  /** @type {World[]} */
  const bySize = [];
  for (const count of users) bySize.push(await open(count, USUAL_BYTES));
  /** @type {World[]} */
  const byDocument = [];
  for (const size of documents) byDocument.push(await open(users[0] ?? 1, size * BYTES_PER_KB));
  await measureStarts(bySize);
  await measureRequests(bySize);
  if (byDocument.length > 0) await measureRequests(byDocument);
  const section = `\`npm run bench:growth -- --users ${options.users} --documents ${options.documents}\`: ${rounds} rounds of ${requests} requests in turns, one connection. ${conditions}
Each user has an identity of an issuer, an API key, a session and a document; 1000 of them, evenly spread, are asked for. Medians; "ratio" is to the smallest store.

${renderFigures(bySize, ({ count }) => `${count} users`, [...Object.keys(ASK), START])}

${renderFiles(bySize)}

Documents, ${users[0]} users:

${renderFigures(byDocument, ({ documentBytes }) => `${documentBytes / BYTES_PER_KB} KB`, ['`refreshCustomData`', '`writeCustomUserData`', '`me`'])}
`;
  say('');
  stdout.write(section);
  if (!options['no-write']) await writeSection('growth', section);
} finally {
  if (options.folder === undefined && existsSync(root)) await rm(root, { recursive: true });
}
