/**
 * How long `me` takes alone, among refreshes and writes, and while passwords are guessed, in turns.
 * `npm run bench:mix -- --help`
 */
import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { createClient } from './lib/ask.mjs';
import { measureMixed, meOf, mixOf } from './lib/mixed-load.mjs';
import { createConditions, median, quantile, say, table, writeSection } from './lib/report.mjs';
import { createWorld } from './lib/world.mjs';

const HELP = `Usage: npm run bench:mix -- [options]

  --rounds N    rounds, after one that warms up (7)
  --seconds N   seconds of a measurement in a round (4)
  --no-write    leaves docs/benchmarks.md as it is
  --help        this text
`;
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '4' },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const [rounds, seconds] = [Number(options.rounds), Number(options.seconds)];
if (!(rounds > 0 && seconds > 0)) {
  stderr.write(HELP);
  process.exit(2);
}

const CONNECTIONS = 16;
const TAIL = 0.99;
/** Scenarios with guessers. */
const STORMS = 2;
const GUESSERS = 16;
const EMAIL = 'somebody@example.com';
const REGISTER = `mutation { registerUser(email: "${EMAIL}", password: "the right one") { userId } }`;
const GUESS = JSON.stringify({
  query: `mutation { logIn(credentials: { emailPassword: { email: "${EMAIL}", password: "a wrong one" } }) { accessToken } }`,
});

const conditions = createConditions();
// Each wrong password is to be hashed: most would be refused at once for being too many.
const world = await createWorld(CONNECTIONS, { RATE_LIMITS: 'off' });
const { url } = world.gateway;
const client = createClient(url);
await client.ask(REGISTER);
client.close();
const tokenOf = (/** @type {number} */ connection) => world.users[connection]?.token ?? '';

/** @param {number} connections */
const askMe = (connections) =>
  measureMixed({ url, seconds, connections, requestsOf: (each) => [meOf(tokenOf(each))] });

const guess = () =>
  measureMixed({ url, seconds, connections: GUESSERS, requestsOf: () => [{ body: GUESS }] });

let guesses = 0;

/** @param {number} connections */
async function askBesideGuessers(connections) {
  const [own, others] = await Promise.all([askMe(connections), guess()]);
  guesses += others.answers;
  return own;
}

/** Each with what it is compared to, and how much longer it may take. */
const SCENARIOS = /** @type {const} */ ([
  { name: `\`me\` alone, ${CONNECTIONS} connections`, run: () => askMe(CONNECTIONS) },
  {
    name: `\`me\` in 95 % \`me\`, 4 % \`refreshCustomData\`, 1 % writes, ${CONNECTIONS} connections`,
    base: 0,
    aim: 3,
    run: () =>
      measureMixed({
        url,
        seconds,
        connections: CONNECTIONS,
        requestsOf: (each) => mixOf(tokenOf(each), each),
      }),
  },
  {
    name: `\`me\` on ${CONNECTIONS} connections beside ${GUESSERS} that send wrong passwords`,
    base: 0,
    aim: 5,
    run: () => askBesideGuessers(CONNECTIONS),
  },
  { name: '`me` alone, 1 connection', run: () => askMe(1) },
  {
    name: `\`me\` on 1 connection beside ${GUESSERS} that send wrong passwords`,
    base: 3,
    aim: 5,
    run: () => askBesideGuessers(1),
  },
]);

/** @type {number[][]} times of each scenario */
const all = SCENARIOS.map(() => []);
/** @type {number[][]} the 99th percentile of each round */
const tails = SCENARIOS.map(() => []);
for (let round = -1; round < rounds; round += 1) {
  for (const [index, { name, run }] of SCENARIOS.entries()) {
    say(`round ${round + 1} of ${rounds}: ${name}`);
    const { refused, times } = await run();
    if (refused > 0) throw new Error(`${refused} requests of "${name}" were refused`);
    if (round < 0) continue;
    for (const time of times) all[index]?.push(time);
    tails[index]?.push(quantile(times, TAIL));
  }
  if (round < 0) guesses = 0;
}
await world.remove();
say('');

const TAIL_DIGITS = 2;
const rows = SCENARIOS.map((scenario, index) => {
  const times = all[index] ?? [];
  const p99 = quantile(times, TAIL);
  const isCompared = 'base' in scenario;
  // Of the rounds, each with the one beside it: what else the machine does falls on both.
  const ratios = isCompared
    ? (tails[index] ?? []).map(
        (tail, round) => tail / (tails[scenario.base]?.[round] ?? Number.NaN),
      )
    : [];
  return [
    scenario.name,
    times.length,
    median(times).toFixed(TAIL_DIGITS),
    p99.toFixed(TAIL_DIGITS),
    isCompared ? median(ratios).toFixed(1) : '',
    isCompared ? scenario.aim : '',
  ];
});
const section = `\`npm run bench:mix\`: ${rounds} rounds of ${seconds} s in turns, the gateway as delivered, but for \`RATE_LIMITS=off\`. ${conditions}
Every connection sends the next request when the last is answered; times are those of \`me\` only. "Ratio": p99 to that of as many connections alone, the median of the rounds. ${(guesses / (STORMS * rounds * seconds)).toFixed(0)} wrong passwords a second were answered.

${table(['', 'answers', 'p50 ms', 'p99 ms', 'ratio', 'at most'], rows)}
`;
stdout.write(section);
if (!options['no-write']) await writeSection('mix', section);
