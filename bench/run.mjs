/**
 * The gateway beside its peers, in one run: answers a second in turns, their median and spread, and the ratios.
 *
 * Usage: npm run bench [-- --quick] [-- --rounds 9 --seconds 2 --only me]
 */
import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { findGenerator, measure } from './lib/load.mjs';
import { createConditions, median, say, writeSection } from './lib/report.mjs';
import { createWorld } from './lib/world.mjs';

const USERS = 64;
/** More than are verified in a second, so that none is seen twice by a server. */
const UNSEEN_A_SECOND = 10_000;

const HELP = `Usage: npm run bench -- [options]

  --quick          one round of a second, under a minute in all; nothing is written
  --rounds N       rounds of each measurement (9)
  --seconds N      seconds of a round (2)
  --only TEXT      only the measurements whose name holds the text
  --mongodb URI    the gateway and the bare handler on this server; both make databases of their own
  --no-write       leaves docs/benchmarks.md as it is
  --help           this text

Every server runs on loopback, in a process of its own, for as long as the run. The gateway and one peer after the
other are asked in turns.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    mongodb: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const rounds = Number(options.rounds ?? (options.quick ? 1 : 9));
const seconds = Number(options.seconds ?? (options.quick ? 1 : 2));
if (!(Number.isInteger(rounds) && rounds > 0 && seconds > 0)) {
  stderr.write(HELP);
  process.exit(2);
}

const ME = 'query Me { me { id customData } }';
const REFRESH = 'mutation Refresh { refreshCustomData { accessToken customData } }';
const WRITE =
  'mutation Write($data: JSON!) { writeCustomUserData(newCustomUserData: $data) { accessToken customData } }';

/**
 * @typedef {object} Measurement
 * @property {string} name
 * @property {readonly string[]} bodies
 * @property {readonly string[]} tokens
 * @property {readonly string[]} peers what it is compared with, one after the other
 */

const { mongodb } = options;
const world = await createWorld(USERS, mongodb === undefined ? {} : { MONGODB_URI: mongodb });
const tokens = world.users.map(({ token }) => token);
const [token = ''] = tokens;
const body = (/** @type {string} */ query, variables = {}) => JSON.stringify({ query, variables });
/** More than there are users, and none twice in a row to one of them: a write that changes nothing is none. */
const writes = Array.from({ length: 101 * USERS }, (_, n) =>
  body(WRITE, { data: { counter: String(n).padStart(36, 'x') } }),
);

const bare = mongodb === undefined ? 'bare-store' : 'bare-mongodb';

/** @type {Measurement[]} */
const all = [
  {
    name: '`me`, token and operation seen before',
    bodies: [body(ME)],
    tokens: [token],
    peers: ['node-http', 'fastify', 'mercurius', 'yoga', 'apollo'],
  },
  {
    name: '`me`, tokens never seen',
    bodies: [body(ME)],
    tokens: [],
    peers: ['node-http', 'mercurius', 'apollo'],
  },
  { name: '`refreshCustomData`, 64 users', bodies: [body(REFRESH)], tokens, peers: [bare] },
  {
    name: '`writeCustomUserData`, 64 users',
    bodies: writes,
    tokens,
    peers: [bare],
  },
  {
    name: '`writeCustomUserData`, one user',
    bodies: writes,
    tokens: [token],
    peers: [bare],
  },
];
const chosen = all.filter(({ name }) => name.includes(options.only));

const conditions = createConditions();
const generator = await findGenerator();
const names = [...new Set(chosen.flatMap(({ peers }) => peers))];
const servers = new Map([['gateway', world.gateway]]);
for (const name of names) servers.set(name, await world.startPeer(name));

/**
 * @param {Measurement} measurement
 * @param {string} server
 * @param {readonly string[]} sent
 * @param {number} length seconds
 */
async function once({ bodies }, server, sent, length) {
  const { cpuSeconds, url } = /** @type {import('./lib/servers.mjs').Server} */ (
    servers.get(server)
  );
  const before = cpuSeconds();
  const load = { url, bodies, tokens: sent, seconds: length };
  const { answers, rate } = await measure(generator, world.folder, load);
  return { rate, cost: ((cpuSeconds() - before) / answers) * MICROSECONDS };
}

const MICROSECONDS = 1_000_000;
/** The gateway is more code than its peers, which is compiled as it is used. */
const WARM_UP_SECONDS = options.quick ? 1 : 5;

/**
 * @typedef {object} Row
 * @property {string} server
 * @property {number[]} rates
 * @property {number[]} costs
 */

/** @type {{ name: string, pairs: { peer: Row, own: Row }[] }[]} */
const results = [];
const total = chosen.reduce((sum, { peers }) => sum + peers.length * (2 * rounds + 1) + 1, 0);
let done = 0;

/**
 * @param {string} server
 * @returns {Row}
 */
const rowOf = (server) => ({ server, rates: [], costs: [] });

/**
 * @param {Measurement} measurement
 * @param {readonly Row[]} rows
 * @param {number} length seconds
 * @param {boolean} isWarmUp
 */
async function ask(measurement, rows, length, isWarmUp) {
  const { name, tokens: known } = measurement;
  const sent = known.length > 0 ? known : world.mint(UNSEEN_A_SECOND * length);
  for (const { costs, rates, server } of rows) {
    done += 1;
    say(`${done}/${total} ${name}: ${server}${isWarmUp ? ', warm-up' : ''}`);
    const { cost, rate } = await once(measurement, server, sent, length);
    if (isWarmUp) continue;
    rates.push(rate);
    costs.push(cost);
  }
}

/**
 * The gateway and one peer in turns, with nothing in between: what else the machine does concerns both, and neither
 * rests for longer than the other.
 *
 * @param {Measurement} measurement
 * @param {string} server
 */
async function compare(measurement, server) {
  const peer = rowOf(server);
  const own = rowOf('gateway');
  // The gateway is warm after the first peer.
  const cold = server === measurement.peers[0] ? [peer, own] : [peer];
  await ask(measurement, cold, WARM_UP_SECONDS, true);
  for (let round = 0; round < rounds; round += 1) {
    await ask(measurement, round % 2 === 0 ? [peer, own] : [own, peer], seconds, false);
  }
  return { peer, own };
}

for (const measurement of chosen) {
  const pairs = [];
  for (const peer of measurement.peers) pairs.push(await compare(measurement, peer));
  results.push({ name: measurement.name, pairs });
}
say('');
for (const server of servers.values()) if (server !== world.gateway) await server.stop();
await world.remove();

/** @param {number} rate */
const thousands = (rate) => `${(rate / 1000).toFixed(1)}k`;

/**
 * The median of the ratios of each round: what else the machine does changes from one to the next, and concerns both.
 *
 * @param {readonly number[]} numbers
 * @param {readonly number[]} others
 */
function ratioOf(numbers, others) {
  return median(numbers.map((number, round) => number / (others[round] ?? Number.NaN))).toFixed(2);
}

/**
 * @param {Row} row
 * @param {string} ratio of answers a second
 * @param {string} costRatio of CPU time
 */
function lineOf({ costs, rates, server }, ratio = '', costRatio = '') {
  const spread = `${thousands(Math.min(...rates))} to ${thousands(Math.max(...rates))}`;
  const cost = median(costs).toFixed(0);
  return `| ${server} | ${thousands(median(rates))} | ${spread} | ${ratio} | ${cost} | ${costRatio} |`;
}

const tables = results.map(({ name, pairs }) => {
  const all = {
    server: 'gateway',
    rates: pairs.flatMap(({ own }) => own.rates),
    costs: pairs.flatMap(({ own }) => own.costs),
  };
  const lines = pairs.map(({ own, peer }) =>
    lineOf(peer, ratioOf(own.rates, peer.rates), ratioOf(peer.costs, own.costs)),
  );
  return [
    `### ${name}`,
    '',
    '| server | answers a second | spread | gateway : server | CPU µs an answer | server : gateway |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    lineOf(all),
  ].join('\n');
});
const page = `\`npm run bench${mongodb === undefined ? '' : ' -- --mongodb URI'}\`: the gateway and each peer in turns, ${rounds} rounds of ${seconds} s, 32 connections by ${generator}. ${conditions}
Every request to the gateway is logged, counted and given an id, as delivered. What counts are the ratios, of each round, the median
of the rounds. The peers are in
[bench/peers](../bench/peers): the same schema, the same check of the token (verified once, then remembered; for tokens never seen
each time), the same answer.

${tables.join('\n\n')}
`;
stdout.write(page);
if (!(options.quick || options['no-write'] || options.only !== ''))
  await writeSection(mongodb === undefined ? 'peers' : 'peers-mongodb', page);
