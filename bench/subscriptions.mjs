/**
 * What subscribers cost that hear nothing, and how long a change takes to reach one.
 * `npm run bench:subscriptions -- --help`
 */
import { stderr, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { createClient } from './lib/ask.mjs';
import { memoryOf, usageBetween, usageOf } from './lib/process.mjs';
import { createConditions, median, say, table, writeSection } from './lib/report.mjs';
import { createWorld } from './lib/world.mjs';

const HELP = `Usage: npm run bench:subscriptions -- [options]

  --subscribers N  users who subscribe, one WebSocket each (5000)
  --seconds N      seconds in which nothing happens (20)
  --mongodb URI    the gateway on this server; it makes databases of its own
  --no-write       leaves docs/benchmarks.md as it is
  --help           this text
`;
const { values: options } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '20' },
    mongodb: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [subscribers, seconds] = [options.subscribers, options.seconds].map(Number);
if (options.help || ![subscribers, seconds].every((n) => n > 0)) {
  (options.help ? stdout : stderr).write(HELP);
  process.exit(options.help ? 0 : 2);
}

const AT_ONCE = 32;
const WORDS = 100;
const AIM = 100;
const DOCUMENT = { theme: 'dark', locale: 'en-GB', about: 'x'.repeat(300) };
const LOG_IN = 'mutation { logIn(credentials: { anonymous: true }) { accessToken } }';
const WRITE =
  'mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) { accessToken } }';
const CHANGED = 'subscription { customDataChanged { accessToken expiresAt user { customData } } }';

const { mongodb } = options;
const world = await createWorld(1, {
  RATE_LIMITS: 'off',
  ...(mongodb === undefined ? {} : { MONGODB_URI: mongodb }),
});
const { pid, url } = world.gateway;
const client = createClient(url);

/**
 * Does something for each number, so many at once.
 *
 * @template T
 * @param {string} what
 * @param {number} count
 * @param {(number: number) => Promise<T>} run
 */
async function each(what, count, run) {
  /** @type {T[]} */
  const all = [];
  while (all.length < count) {
    const batch = Math.min(AT_ONCE, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: batch }, (_, n) => run(all.length + n)))));
    say(`${what}: ${all.length} of ${count}`);
  }
  return all;
}

async function createUser() {
  const { logIn } = await client.ask(LOG_IN);
  const { writeCustomUserData } = await client.ask(WRITE, { data: DOCUMENT }, logIn.accessToken);
  return writeCustomUserData.accessToken;
}

/**
 * Subscribes, and resolves when that is known to the gateway.
 *
 * @param {string} token
 */
async function subscribe(token) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('open', () => {
    const payload = { authorization: `Bearer ${token}` };
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
  });
  await new Promise((resolve, reject) => {
    socket.once('message', resolve);
    socket.once('error', reject);
  });
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: CHANGED } }));
  return socket;
}

async function readMetrics() {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (/** @type {string} */ name) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { subscribed: sum('subscriptions_open'), operations: sum('store_operations_total') };
}

const tokens = await each('users', subscribers, createUser);
await delay(5000);
const before = memoryOf(pid);
const conditions = createConditions();
const sockets = await each('subscribers', subscribers, (number) =>
  subscribe(/** @type {string} */ (tokens[number])),
);
while ((await readMetrics()).subscribed < subscribers) await delay(100);
await delay(5000);
const first = { metrics: await readMetrics(), usage: usageOf(pid) };
say(`${seconds} s of silence`);
await delay(seconds * 1000);
const { cpuSeconds } = usageBetween(first.usage, usageOf(pid));
const operations = (await readMetrics()).operations - first.metrics.operations;
const after = memoryOf(pid);

const latencies = [];
for (let word = 0; word < WORDS; word += 1) {
  const number = Math.floor((word * subscribers) / WORDS);
  const heard = new Promise((resolve) => sockets[number]?.once('message', resolve));
  const began = performance.now();
  await client.ask(WRITE, { data: { word } }, tokens[number]);
  await heard;
  latencies.push(performance.now() - began);
}
say('');
for (const socket of sockets) socket.terminate();
client.close();
await world.remove();

const grown = (/** @type {'resident' | 'proportional' | 'own'} */ name) =>
  after[name] - before[name];
const section = `\`npm run bench:subscriptions${mongodb === undefined ? '' : ' -- --mongodb URI'}\`: ${subscribers} users, each with a document of 0.4 KB and a WebSocket that is subscribed. ${conditions}

${table(
  ['what', 'measured', 'at most'],
  [
    ['memory (RSS) that the subscribers take', `${grown('resident').toFixed(0)} MB`, `${AIM} MB`],
    ['of it own (private, dirty)', `${grown('own').toFixed(0)} MB`, ''],
    ['one subscriber (RSS)', `${((grown('resident') * 1024) / subscribers).toFixed(1)} KB`, ''],
    [`store operations in ${seconds} s of silence`, String(operations), ''],
    [`CPU time in ${seconds} s of silence`, `${cpuSeconds.toFixed(2)} s`, ''],
    ['write sent to word heard, median of 100', `${median(latencies).toFixed(1)} ms`, ''],
  ],
)}
`;
stdout.write(section);
if (!options['no-write']) {
  await writeSection(mongodb === undefined ? 'subscriptions' : 'subscriptions-mongodb', section);
}
