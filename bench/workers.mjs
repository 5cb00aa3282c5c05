/**
 * `me` from a gateway of one process and from one of two workers, in turns: answers a second, and the processor time
 * that gateway and load generator took. Run after `npm run build`, on Linux.
 */
import { readFileSync } from 'node:fs';
import { stdout } from 'node:process';
import { findGenerator, measure } from './lib/load.mjs';
import { median } from './lib/report.mjs';
import { createWorld } from './lib/world.mjs';

const WARM_UP_ROUNDS = 3;
const ROUNDS = 5;
const SECONDS = 4;
const TICKS_A_SECOND = 100;
const ME = JSON.stringify({ query: 'query Me { me { id customData } }', variables: {} });

/** @typedef {Awaited<ReturnType<typeof createWorld>>} World */
/** @typedef {{ answers: number, rate: number, gateway: number, generator: number }} Round */

/** Seconds of processor time of the children that have ended: of the load generator. */
function generatorSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  // `cutime` and `cstime` of proc(5).
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}

/**
 * Seconds of processor time of all processes that serve.
 *
 * @param {string} url
 */
async function gatewaySeconds(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total ([\d.e-]+)/m.exec(metrics)?.[1]);
}

/**
 * @param {World} world
 * @param {'wrk' | 'autocannon'} generator
 * @returns {Promise<Round>}
 */
async function round({ folder, gateway: { url }, users }, generator) {
  const [own, other] = [generatorSeconds(), await gatewaySeconds(url)];
  const tokens = users.map(({ token }) => token);
  const load = { url, bodies: [ME], tokens, seconds: SECONDS };
  const { answers, rate } = await measure(generator, folder, load);
  return {
    answers,
    rate,
    gateway: (await gatewaySeconds(url)) - other,
    generator: generatorSeconds() - own,
  };
}

/**
 * @param {string} name
 * @param {Record<string, string>} env
 * @param {'wrk' | 'autocannon'} generator
 */
async function compare(name, env, generator) {
  const variants = ['1', '2'];
  const worlds = await Promise.all(variants.map((WORKERS) => createWorld(8, { ...env, WORKERS })));
  /** @type {Round[][]} */
  const rounds = variants.map(() => []);
  for (let turn = -WARM_UP_ROUNDS; turn < ROUNDS; turn += 1) {
    for (const [index, world] of worlds.entries()) {
      const result = await round(world, generator);
      if (turn >= 0) rounds[index]?.push(result);
    }
  }
  for (const [index, own] of rounds.entries()) {
    const of = (/** @type {keyof Round} */ key) => median(own.map((each) => each[key]));
    const cores = (/** @type {'gateway' | 'generator'} */ key) => (of(key) / SECONDS).toFixed(2);
    const each = median(own.map(({ answers, gateway }) => (gateway / answers) * 1e6));
    stdout.write(
      `${name}, WORKERS=${variants[index]}: ${Math.round(of('rate'))} answers a second, ` +
        `${Math.round(each)} µs of the gateway each; ` +
        `cores: gateway ${cores('gateway')}, ${generator} ${cores('generator')}\n`,
    );
  }
  await Promise.all(worlds.map((world) => world.remove()));
}

const generator = await findGenerator();
await compare('answer kept', {}, generator);
await compare('nothing kept', { RESPONSE_CACHE_BYTES: '0' }, generator);
