/**
 * What a call of an operator's function costs: calls a second and CPU time of the gateway and all its processes
 * together, over HTTP on the embedded store, as one user and as 64. `me` beside it is what a request costs without a
 * function. Run after `npm run build`; only on Linux, where `/proc` tells the CPU time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const HELP = `Usage: node bench/functions.mjs [--quick] [--rounds N] [--calls N] [--main PATH] [--profile PATH]

  --quick         3 rounds of 100 calls
  --rounds N      rounds whose median is told (7)
  --calls N       calls a round (400)
  --main PATH     the gateway (dist/main.js beside this folder)
  --profile PATH  a folder for CPU profiles of the gateway
  --help          this text
`;
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    calls: { type: 'string' },
    main: { type: 'string', default: join(import.meta.dirname, '../dist/main.js') },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  stdout.write(HELP);
  process.exit();
}
const ROUNDS = Number(options.rounds ?? (options.quick ? 3 : 7));
const CALLS = Number(options.calls ?? (options.quick ? 100 : 400));
const USERS = 64;
/** Processes and the code in them are cold at first. */
const WARM_UP_CALLS = 600;

const SOURCES = {
  value: 'exports = (a, b) => a + b',
  customData: 'exports = () => context.user.custom_data.name',
  findOne: `exports = async () => {
    const documents = context.services.get('mongodb-atlas').db('app').collection('users');
    const { name } = await documents.findOne({ userId: context.user.id });
    return name;
  }`,
};
const call = (name, args = '') =>
  `mutation { callFunction(name: "${name}", arguments: [${args}]) }`;
const WORK = {
  'me, no function': '{ me { customData } }',
  'returns a value': call('value', '1, 2'),
  'reads context.user.custom_data': call('customData'),
  'findOne of its document': call('findOne'),
};

const agent = new Agent({ keepAlive: true, maxSockets: USERS });

async function send(url, query, token) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  const sent = request(`${url}/graphql`, { agent, headers, method: 'POST' });
  sent.end(JSON.stringify({ query }));
  const [response] = await once(sent, 'response');
  const { data, errors } = JSON.parse(await text(response));
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

async function logIn(url, index) {
  const first = await send(
    url,
    'mutation { logIn(credentials: { anonymous: true }) { accessToken } }',
  );
  const data = `{ name: "user ${index}", tags: ["a", "b", "c"], address: { city: "Oslo" } }`;
  const write = `mutation { writeCustomUserData(newCustomUserData: ${data}) { accessToken } }`;
  return (await send(url, write, first.logIn.accessToken)).writeCustomUserData.accessToken;
}

async function start(folder) {
  const functions = join(folder, 'functions');
  await mkdir(functions);
  for (const [name, source] of Object.entries(SOURCES)) {
    await writeFile(join(functions, `${name}.js`), source);
  }
  const flags =
    options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  const child = spawn(execPath, [...flags, options.main, 'start', '--json'], {
    env: {
      PORT: '0',
      LOG_LEVEL: 'silent',
      RATE_LIMITS: 'off',
      DATA_DIR: join(folder, 'data'),
      FUNCTIONS_DIR: functions,
      CUSTOM_DATA_DATABASE: 'app',
      CUSTOM_DATA_COLLECTION: 'users',
      CUSTOM_DATA_USER_ID_FIELD: 'userId',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, url: JSON.parse(line).url };
}

/** A process and all below it. */
function treeOf(pid) {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = list
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [pid];
  for (const parent of tree)
    tree.push(...pairs.filter((pair) => pair[1] === parent).map((pair) => pair[0]));
  return tree;
}

/** Of the times in `/proc`, on every Linux. */
const TICK_MILLISECONDS = 10;

/** CPU time of these processes and of those of them that have ended, in milliseconds. */
async function cpuOf(pids) {
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  // After the name, which may hold anything: from the 12th its own time and that of its children that have ended.
  const ticks = stats.flatMap((stat) =>
    stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number),
  );
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MILLISECONDS;
}

/** Runs so many calls, one user after the other and all users at once. */
async function run(url, query, tokens, calls) {
  let left = calls;
  const ask = async (token) => {
    while (left > 0) {
      left -= 1;
      await send(url, query, token);
    }
  };
  await Promise.all(tokens.map(ask));
}

async function measure({ child, url }, query, tokens) {
  const before = [await cpuOf(treeOf(child.pid)), await cpuOf([child.pid])];
  const begun = performance.now();
  await run(url, query, tokens, CALLS);
  const seconds = (performance.now() - begun) / 1000;
  const after = [await cpuOf(treeOf(child.pid)), await cpuOf([child.pid])];
  const [cpu, gateway] = after.map((value, index) => (value - before[index]) / CALLS);
  return { rate: CALLS / seconds, cpu, gateway };
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
const gateway = await start(folder);
try {
  const tokens = [];
  for (let index = 0; index < USERS; index += 1) tokens.push(await logIn(gateway.url, index));
  const groups = Object.entries(WORK).flatMap(([what, query]) =>
    [1, USERS].map((users) => ({ what, query, users, results: [] })),
  );
  for (const { query } of groups) await run(gateway.url, query, tokens, WARM_UP_CALLS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { query, users, results } of groups) {
      results.push(await measure(gateway, query, tokens.slice(0, users)));
    }
  }
  const columns = [32, 6, 10, 12, 18];
  const write = (...cells) => {
    const [first, ...others] = cells;
    const rest = others.map((cell, index) => cell.padStart(columns[index + 1]));
    stdout.write(`${first.padEnd(columns[0])}${rest.join('')}\n`);
  };
  write('median of rounds', 'users', 'calls/s', 'CPU ms/call', 'of it the gateway');
  for (const { what, users, results } of groups) {
    const of = (name) => median(results.map((result) => result[name]));
    const cpu = [of('cpu').toFixed(2), of('gateway').toFixed(2)];
    write(what, String(users), of('rate').toFixed(0), ...cpu);
  }
} finally {
  gateway.child.kill('SIGTERM');
  await once(gateway.child, 'exit');
  agent.destroy();
  await rm(folder, { recursive: true, force: true });
}
