/**
 * How long a start takes, how much memory a gateway on the embedded store holds, idle, after load and with many
 * sessions, and how large an installation is. `npm run bench:footprint -- --help`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from './lib/ask.mjs';
import { measureInstall } from './lib/install.mjs';
import { measureMixed, meOf, mixOf } from './lib/mixed-load.mjs';
import { memoryOf } from './lib/process.mjs';
import { createConditions, median, say, table, writeSection } from './lib/report.mjs';
import { startTimed } from './lib/servers.mjs';
import { createWorld } from './lib/world.mjs';

const HELP = `Usage: npm run bench:footprint -- [options]

  --starts N    starts that are timed, after one that warms up (7)
  --seconds N   seconds of each load (60)
  --sessions N  live sessions (10000)
  --no-install  without the size of an installation, which needs the registry
  --no-write    leaves docs/benchmarks.md as it is
  --help        this text
`;
const { values: options } = parseArgs({
  options: {
    starts: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '60' },
    sessions: { type: 'string', default: '10000' },
    'no-install': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const [starts, seconds, sessions] = [options.starts, options.seconds, options.sessions].map(Number);
if (![starts, seconds, sessions].every((n) => n > 0)) {
  stderr.write(HELP);
  process.exit(2);
}

const IDLE_MILLISECONDS = 5000;
const CONNECTIONS = 32;
const LOG_INS_AT_ONCE = 32;
const LOG_IN = 'mutation { logIn(credentials: { anonymous: true }) { accessToken refreshToken } }';
const AIM_START = 1000;
const AIM_IDLE = 120;
const AIM_LOAD = 250;
const AIM_SESSIONS = 200;
const AIM_INSTALL = 92;

/** @typedef {ReturnType<typeof memoryOf>} Memory */

/** A start on a new store, and the memory a while later. */
async function measureStart() {
  const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
  const { cpuMilliseconds, milliseconds, server } = await startTimed({
    DATA_DIR: join(folder, 'data'),
  });
  // Of the idle gateway there is nothing else to wait for than time.
  await delay(IDLE_MILLISECONDS);
  const memory = memoryOf(server.pid);
  await server.stop();
  await rm(folder, { recursive: true });
  return { milliseconds, cpuMilliseconds, memory };
}

async function measureStarts() {
  const all = [];
  for (let round = -1; round < starts; round += 1) {
    say(`start ${round + 1} of ${starts}`);
    const start = await measureStart();
    if (round >= 0) all.push(start);
  }
  return all;
}

/**
 * The memory of a new gateway after so many seconds of load.
 *
 * @param {(token: string, connection: number) => readonly import('./lib/mixed-load.mjs').MixedRequest[]} requestsOf
 */
async function measureLoad(requestsOf) {
  const world = await createWorld(CONNECTIONS);
  const { pid, url } = world.gateway;
  const { answers } = await measureMixed({
    url,
    seconds,
    connections: CONNECTIONS,
    requestsOf: (each) => requestsOf(world.users[each]?.token ?? '', each),
  });
  const memory = memoryOf(pid);
  await world.remove();
  return { memory, rate: answers / seconds };
}

/** The memory of a gateway that has begun so many sessions. */
async function measureSessions() {
  // More than one address may begin.
  const world = await createWorld(1, { RATE_LIMITS: 'off' });
  const client = createClient(world.gateway.url);
  for (let done = 0; done < sessions; done += LOG_INS_AT_ONCE) {
    const count = Math.min(LOG_INS_AT_ONCE, sessions - done);
    await Promise.all(Array.from({ length: count }, () => client.ask(LOG_IN)));
    if (done % (LOG_INS_AT_ONCE * 50) === 0) say(`${done} of ${sessions} sessions`);
  }
  const memory = memoryOf(world.gateway.pid);
  client.close();
  await world.remove();
  return memory;
}

/**
 * @param {string} what
 * @param {Memory} memory
 * @param {number} aim
 */
function memoryRow(what, { own, proportional, resident }, aim) {
  return [
    what,
    ...[resident, proportional, own].map((megabytes) => `${megabytes.toFixed(0)} MB`),
    `${aim} MB`,
  ];
}

const conditions = createConditions();
const timed = await measureStarts();
say(`load of \`me\`, ${seconds} s`);
const me = await measureLoad((token) => [meOf(token)]);
say(`mixed load, ${seconds} s`);
const mixed = await measureLoad(mixOf);
const withSessions = await measureSessions();
say(options['no-install'] ? '' : 'installing');
const install = options['no-install'] ? null : await measureInstall();
say('');

const pick = (/** @type {keyof Memory} */ name) => median(timed.map(({ memory }) => memory[name]));
const idle = { resident: pick('resident'), proportional: pick('proportional'), own: pick('own') };
const wall = median(timed.map(({ milliseconds }) => milliseconds));
const cpu = median(timed.map(({ cpuMilliseconds }) => cpuMilliseconds));
const memories = table(
  [
    'memory',
    'resident (RSS)',
    'shared pages by share (PSS)',
    'own (private, dirty)',
    'RSS at most',
  ],
  [
    memoryRow(`idle, ${IDLE_MILLISECONDS / 1000} s after the start`, idle, AIM_IDLE),
    memoryRow(
      `after ${seconds} s of \`me\`, ${CONNECTIONS} connections, ${me.rate.toFixed(0)} a second`,
      me.memory,
      AIM_LOAD,
    ),
    memoryRow(
      `after ${seconds} s of 95 % \`me\`, 4 % \`refreshCustomData\`, 1 % writes, ${mixed.rate.toFixed(0)} a second`,
      mixed.memory,
      AIM_LOAD,
    ),
    memoryRow(`after ${sessions} log-ins, all sessions live`, withSessions, AIM_SESSIONS),
  ],
);
const installed =
  install === null
    ? ''
    : `
\`npm ci --omit=dev && du -sm node_modules\`: **${install.megabytes} MB** (at most ${AIM_INSTALL}), ${install.count} packages. The largest:

${table(
  ['package', 'MB', 'what it is', 'by way of'],
  install.largest.map(({ bringers, kilobytes, name, purpose }) => [
    name,
    (kilobytes / 1024).toFixed(1),
    purpose,
    bringers.join(', '),
  ]),
)}
`;
const section = `\`npm run bench:footprint\`: ${conditions}

Start to ready on a new embedded store: **${wall.toFixed(0)} ms** (at most ${AIM_START}), ${cpu.toFixed(0)} ms of CPU time, median of ${starts}.

${memories}

Resident memory counts the pages of the embedded store and of the programs that are mapped, which the system takes back when it needs them.
${installed}`;
stdout.write(section);
if (!options['no-write']) await writeSection('footprint', section);
