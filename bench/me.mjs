/**
 * `me` over HTTP, from one gateway without and one with a schema file, in turns: answers a second and
 * their ratio. With a schema each request is followed, so that a reload does not change it half-way.
 * Run after `npm run build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import { text } from 'node:stream/consumers';

const MAIN = join(import.meta.dirname, '../dist/main.js');
const CONNECTIONS = 20;
const TURNS = 10;
const TURN_MILLISECONDS = 1500;
const FIELDS = 40;
const ME = '{ me { customData } }';

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/**
 * @param {string} url
 * @param {string} query
 * @param {string} [token]
 */
async function send(url, query, token) {
  const body = JSON.stringify({ query });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  const sent = request(`${url}/graphql`, { agent, headers, method: 'POST' });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return JSON.parse(await text(response)).data;
}

/**
 * @param {string} folder
 * @param {Record<string, string>} env
 */
async function start(folder, env) {
  const child = spawn(execPath, [MAIN, 'start', '--json'], {
    env: { PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  /** @type {{ url: string }} */
  const { url } = JSON.parse(String(line));
  const { logIn } = await send(
    url,
    'mutation { logIn(credentials: { anonymous: true }) { accessToken } }',
  );
  const fields = Array.from({ length: FIELDS }, (_, index) => `f${index}: "value ${index}"`);
  const write = `mutation { writeCustomUserData(newCustomUserData: { ${fields.join(' ')} }) { accessToken } }`;
  const { writeCustomUserData } = await send(url, write, logIn.accessToken);
  return { child, url, token: writeCustomUserData.accessToken };
}

/** @param {{ url: string, token: string }} gateway */
async function measure({ url, token }) {
  const begun = performance.now();
  let answers = 0;
  const ask = async () => {
    while (performance.now() - begun < TURN_MILLISECONDS) {
      await send(url, ME, token);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  return (answers / (performance.now() - begun)) * 1000;
}

/** @param {number[]} values */
function median(values) {
  return values.sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
const schema = join(folder, 'schema.json');
await writeFile(schema, JSON.stringify({ type: 'object', properties: { f0: { type: 'string' } } }));
const plain = await start(join(folder, 'plain'), {});
const followed = await start(join(folder, 'schema'), { CUSTOM_DATA_SCHEMA_FILE: schema });
/** @type {number[]} */
const without = [];
/** @type {number[]} */
const withSchema = [];
// The first turn of each warms up.
for (let turn = 0; turn <= TURNS; turn += 1) {
  const rates = [await measure(plain), await measure(followed)];
  if (turn === 0) continue;
  without.push(rates[0] ?? 0);
  withSchema.push(rates[1] ?? 0);
}
const [first, second] = [median(without), median(withSchema)];
stdout.write(`me without a schema  ${Math.round(first)} answers a second\n`);
stdout.write(`me with a schema     ${Math.round(second)} answers a second\n`);
stdout.write(`ratio                ${(second / first).toFixed(2)}\n`);
for (const { child } of [plain, followed]) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}
agent.destroy();
await rm(folder, { recursive: true });
