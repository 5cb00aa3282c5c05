/**
 * Everything at once for a while: log-ins, reads, writes, refreshes, guesses, forged tokens, malformed bodies, clients
 * that leave. What is confirmed has to be there in the end. `npm run soak -- --help`
 */
import { readdirSync } from 'node:fs';
import { stderr, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { memoryOf } from './lib/process.mjs';
import { createConditions, median, say, table } from './lib/report.mjs';
import { actAsUser } from './lib/soak-users.mjs';
import { createWorld } from './lib/world.mjs';

const HELP = `Usage: npm run soak -- [options]

  --minutes N     how long (10)
  --users N       users that act at the same time (24)
  --mongodb URI   keeps everything on this server, in a database of its own
  --help          this text

Exit code 1 if a confirmed write is lost, an answer is a fault of the gateway, a request gets no answer, or memory or
descriptors go on growing.
`;
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    users: { type: 'string', default: '24' },
    mongodb: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const [minutes, users] = [Number(options.minutes), Number(options.users)];
if (!(minutes > 0 && Number.isInteger(users) && users > 0)) {
  stderr.write(HELP);
  process.exit(2);
}

const SAMPLE_SECONDS = 2;
const SECONDS_A_MINUTE = 60;
/** Shorter runs are for faults: memory has hardly settled. */
const MINUTES_FOR_SLOPE = 5;
const MAX_MEGABYTES_A_MINUTE = 2;
const MAX_MORE_DESCRIPTORS = 10;

const conditions = createConditions();
const world = await createWorld(1, {
  // All users come from one address here.
  RATE_LIMITS: 'off',
  ...(options.mongodb === undefined
    ? {}
    : { MONGODB_URI: options.mongodb, CUSTOM_DATA_DATABASE: `soak-${Date.now()}` }),
});
const { pid, url } = world.gateway;
const begun = performance.now();
const secondsGone = () => (performance.now() - begun) / 1000;
const isOver = () => secondsGone() > minutes * SECONDS_A_MINUTE;

let requests = 0;
/** @type {Map<string, number>} */
const codes = new Map();
/** @type {Map<string, number>} */
const failures = new Map();
/** @param {Map<string, number>} counts @param {string} name */
const count = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);
const watch = {
  isOver,
  /** @param {import('./lib/soak-users.mjs').SoakAnswer} answer */
  onAnswer({ codes: given, status }) {
    requests += 1;
    for (const code of given) count(codes, `${code} (${status})`);
  },
  /** @param {unknown} error */
  onFailure: (error) => count(failures, String(error)),
};

/** @typedef {{ minute: number, megabytes: number, descriptors: number, delay: number }} Sample */

async function sample() {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const delay = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)?.[1]);
  return {
    minute: secondsGone() / SECONDS_A_MINUTE,
    megabytes: memoryOf(pid).resident,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    delay: delay * 1000,
  };
}

/** @type {Sample[]} */
const samples = [];
async function takeSamples() {
  while (!isOver()) {
    await setTimeout(SAMPLE_SECONDS * 1000);
    samples.push(await sample());
    const { megabytes } = /** @type {Sample} */ (samples.at(-1));
    const left = Math.max(0, minutes * SECONDS_A_MINUTE - secondsGone());
    say(`${requests} requests, ${megabytes.toFixed(0)} MiB, ${left.toFixed(0)} s left`);
  }
}

const acting = Array.from({ length: users }, () => actAsUser(url, watch));
const [ended] = await Promise.all([Promise.all(acting), takeSamples()]);
const last = await sample();
await world.remove();
say('');

const sum = (/** @type {(user: typeof ended[number]) => number} */ of) =>
  ended.reduce((total, user) => total + of(user), 0);
const lost = sum(({ confirmed, found }) => Math.max(0, confirmed - found));
const tooMany = sum(({ confirmed, found, unknown }) => Math.max(0, found - confirmed - unknown));
const settled = samples.slice(Math.floor(samples.length / 2));
const slope = slopeOf(settled);
const descriptors = last.descriptors - (settled[0]?.descriptors ?? last.descriptors);
const faults = [...codes].filter(([code]) => /INTERNAL|\(5/.test(code));

/** Least squares: MiB a minute. @param {readonly Sample[]} of */
function slopeOf(of) {
  const mean = (/** @type {(one: Sample) => number} */ value) =>
    of.reduce((total, one) => total + value(one), 0) / of.length;
  const [minute, megabytes] = [mean((one) => one.minute), mean((one) => one.megabytes)];
  const square = mean((one) => (one.minute - minute) ** 2);
  return mean((one) => (one.minute - minute) * (one.megabytes - megabytes)) / square;
}

const byCode = [...codes, ...failures].toSorted(([, a], [, b]) => b - a);
stdout.write(`${minutes} min, ${users} users at a time. ${conditions}

${table(
  ['', ''],
  [
    ['requests answered', requests],
    ['a second', (requests / secondsGone()).toFixed(0)],
    [
      'increments confirmed, found',
      `${sum((user) => user.confirmed)}, ${sum((user) => user.found)}`,
    ],
    ['confirmed and lost', lost],
    ['made twice', tooMany],
    [
      'memory, MiB: median of the second half, at the end',
      `${median(settled.map((one) => one.megabytes)).toFixed(0)}, ${last.megabytes.toFixed(0)}`,
    ],
    ['slope of the second half, MiB a minute', slope.toFixed(2)],
    ['event loop delay, ms: median of p99', median(samples.map((one) => one.delay)).toFixed(0)],
    ['descriptors more than half-way', descriptors],
  ],
)}

${table(['code, or why no answer came', 'times'], byCode)}
`);

const problems = [
  ...(lost > 0 ? [`${lost} confirmed writes are lost`] : []),
  ...(tooMany > 0 ? [`${tooMany} writes were made twice`] : []),
  ...faults.map(([code, times]) => `${times} × ${code}`),
  ...[...failures].map(([failure, times]) => `${times} requests without an answer: ${failure}`),
  ...(minutes >= MINUTES_FOR_SLOPE && slope > MAX_MEGABYTES_A_MINUTE
    ? ['memory goes on growing']
    : []),
  ...(descriptors > MAX_MORE_DESCRIPTORS ? ['descriptors go on growing'] : []),
];
for (const problem of problems) stderr.write(`${problem}\n`);
process.exit(problems.length === 0 ? 0 : 1);
