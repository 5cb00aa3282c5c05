// Starts the gateway and its peers, each in a process of its own, and ends them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { usageOf } from './process.mjs';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
const PEERS = join(import.meta.dirname, '../peers');

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {number} pid
 * @property {() => number} cpuSeconds what the process has used of its processors; `NaN` where the system does not say
 * @property {() => Promise<void>} stop
 */

/**
 * The gateway as it is delivered: every request is logged, to a file as a service's log is.
 *
 * @param {Record<string, string>} env `BENCH_MAIN`: the gateway of another build, to compare two
 * @param {number} log descriptor of the file
 * @returns {Promise<Server>}
 */
export async function startGateway(env, log) {
  const port = await freePort();
  const child = spawn(execPath, [env.BENCH_MAIN ?? MAIN], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', log, log],
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + PATIENCE;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error('The gateway did not start');
    await setTimeout(POLL);
  }
  return stopper(url, child, ended);
}

/**
 * A gateway that logs nothing, and how long its start took until it was ready: in all, and of CPU time.
 *
 * @param {Record<string, string>} env
 */
export async function startTimed(env) {
  const begun = performance.now();
  const child = spawn(execPath, [env.BENCH_MAIN ?? MAIN, 'start', '--json'], {
    env: { ...process.env, LOG_LEVEL: 'silent', RATE_LIMITS: 'off', ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [])]);
  if (line === undefined) throw new Error('The gateway did not start');
  const { url } = JSON.parse(String(line));
  if (!(await isReady(url))) throw new Error('The gateway is not ready');
  const milliseconds = performance.now() - begun;
  const { cpuSeconds } = usageOf(Number(child.pid));
  return { server: stopper(url, child, ended), milliseconds, cpuMilliseconds: cpuSeconds * 1000 };
}

const PATIENCE = 20_000;
const POLL = 50;

/** @param {string} url */
async function isReady(url) {
  const response = await fetch(`${url}/health/ready`).catch(() => null);
  return response?.ok === true;
}

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * @param {string} url
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<unknown>} ended
 * @returns {Server}
 */
function stopper(url, child, ended) {
  return {
    url,
    pid: Number(child.pid),
    cpuSeconds: () => usageOf(Number(child.pid)).cpuSeconds,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * @param {string} name
 * @param {object} facts
 * @param {number} log descriptor of a file for what it says
 * @returns {Promise<Server>}
 */
export async function startPeer(name, facts, log) {
  const child = spawn(execPath, [join(PEERS, `${name}.mjs`)], {
    env: { ...process.env, BENCH_PEER: JSON.stringify(facts), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', log],
  });
  const ended = once(child, 'exit');
  // A stream, since it is a pipe; the types of Node.js cannot say it beside a descriptor.
  const stdout = /** @type {import('node:stream').Readable} */ (child.stdout);
  const [line] = await Promise.race([once(stdout, 'data'), ended.then(() => [])]);
  if (line === undefined) throw new Error(`The peer ${name} did not start`);
  return stopper(JSON.parse(String(line)).url, child, ended);
}
