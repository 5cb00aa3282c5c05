/**
 * What guessing passwords does to everyone else: `me` on one connection, alone and while 16 others log in
 * with wrong passwords, in turns; and what one signature check costs, in CPU time, by WebCrypto (jose) and by
 * `crypto.verify`. Run after `npm run build`.
 */
import { spawn } from 'node:child_process';
import { createPublicKey, KeyObject, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage, execPath, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { compactVerify, importJWK } from 'jose';

const MAIN = join(import.meta.dirname, '../dist/main.js');
const GUESSERS = 16;
const TURNS = 5;
const TURN_MILLISECONDS = 4000;
const CHECKS = 4000;
const EMAIL = 'somebody@example.com';
const ME = '{ me { customData } }';

const agent = new Agent({ keepAlive: true, maxSockets: GUESSERS + 1 });

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
  const { data } = JSON.parse(await text(response));
  return { status: response.statusCode, data };
}

/** @param {string} password */
const logIn = (password) =>
  `mutation { logIn(credentials: { emailPassword: { email: "${EMAIL}", password: "${password}" } }) { accessToken } }`;

/**
 * How long each `me` took, in milliseconds, with so many guessers beside it, and what these were answered.
 *
 * @param {{ url: string, token: string }} gateway
 * @param {number} guessers
 */
async function measure({ url, token }, guessers) {
  const begun = performance.now();
  const isOver = () => performance.now() - begun > TURN_MILLISECONDS;
  /** @type {number[]} */
  const times = [];
  /** @type {Map<number | undefined, number>} */
  const answers = new Map();
  const ask = async () => {
    while (!isOver()) {
      const asked = performance.now();
      await send(url, ME, token);
      times.push(performance.now() - asked);
    }
  };
  const guess = async () => {
    while (!isOver()) {
      const { status } = await send(url, logIn('a wrong password'));
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  };
  await Promise.all([ask(), ...Array.from({ length: guessers }, guess)]);
  return { times, answers };
}

/**
 * @param {number[]} values sorted
 * @param {number} share
 */
function quantile(values, share) {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

/**
 * CPU milliseconds of one check, of all threads.
 *
 * @param {() => Promise<unknown> | boolean} check
 */
async function costOf(check) {
  const before = cpuUsage();
  for (let n = 0; n < CHECKS; n += 1) await check();
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000 / CHECKS;
}

/**
 * @param {string} url
 * @param {string} token
 */
async function measureChecks(url, token) {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys } = /** @type {{ keys: import('jose').JWK[] }} */ (await response.json());
  const [jwk = {}] = keys;
  const webKey = await importJWK(jwk);
  const nodeKey = createPublicKey({ key: /** @type {object} */ (jwk), format: 'jwk' });
  const dot = token.lastIndexOf('.');
  const input = Buffer.from(token.slice(0, dot));
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  const key = { key: nodeKey, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  if (!(nodeKey instanceof KeyObject)) throw new Error('No key');
  const byWeb = () => compactVerify(token, webKey);
  const byNode = () => verify('sha256', input, key, signature);
  // The first round warms up.
  await costOf(byWeb);
  await costOf(byNode);
  return { byWeb: await costOf(byWeb), byNode: await costOf(byNode) };
}

const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
const child = spawn(execPath, [MAIN, 'start', '--json'], {
  env: { PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: folder },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(child.stdout, 'data');
/** @type {{ url: string }} */
const { url } = JSON.parse(String(line));
const register = `mutation { registerUser(email: "${EMAIL}", password: "the right one") { userId } }`;
await send(url, register);
const { data } = await send(url, logIn('the right one'));
const gateway = { url, token: data.logIn.accessToken };

const { byWeb, byNode } = await measureChecks(url, gateway.token);
stdout.write(`one check of ES256: WebCrypto ${byWeb.toFixed(3)} ms of CPU, `);
stdout.write(`crypto.verify ${byNode.toFixed(3)} ms\n`);

/** @type {number[]} */
const alone = [];
/** @type {number[]} */
const stormed = [];
/** @type {Map<number | undefined, number>} */
const guesses = new Map();
// The first turn of each warms up.
for (let turn = 0; turn <= TURNS; turn += 1) {
  const calm = await measure(gateway, 0);
  const storm = await measure(gateway, GUESSERS);
  if (turn === 0) continue;
  alone.push(...calm.times);
  stormed.push(...storm.times);
  for (const [status, count] of storm.answers) {
    guesses.set(status, (guesses.get(status) ?? 0) + count);
  }
}
for (const [name, times] of /** @type {const} */ ([
  ['alone', alone],
  [`under ${GUESSERS} guessers`, stormed],
])) {
  times.sort((left, right) => left - right);
  const [half, most] = [quantile(times, 0.5), quantile(times, 0.99)];
  stdout.write(
    `me ${name}: ${times.length} answers, p50 ${half.toFixed(1)} ms, p99 ${most.toFixed(1)} ms\n`,
  );
}
const ratio = quantile(stormed, 0.99) / quantile(alone, 0.99);
stdout.write(`p99 ratio ${ratio.toFixed(1)}\n`);
for (const [status, count] of guesses) stdout.write(`guesses answered ${status}: ${count}\n`);
child.kill('SIGTERM');
await once(child, 'exit');
agent.destroy();
await rm(folder, { recursive: true });
