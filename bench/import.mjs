// How long `import users` takes for so many users with bcrypt hashes on the embedded store, and what a gateway's
// writes wait for meanwhile: `writeCustomUserData` alone and beside the import, in milliseconds.
// Usage: npm run build && node bench/import.mjs [USERS]; 50,000 by default
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, execPath } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { startTimed } from './lib/servers.mjs';

const MAIN = env.BENCH_MAIN ?? join(import.meta.dirname, '../dist/main.js');
const USERS = Number(argv[2] ?? 50_000);
const CLIENTS = 4;
/** Between two writes of a client. */
const PAUSE = 20;
const ALONE = 20_000;
/** jBCrypt's vector for the password "abc". */
const HASH = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';

/**
 * @param {string} url
 * @param {string} query
 * @param {string} [token]
 */
async function send(url, query, token) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = /** @type {any} */ (await response.json());
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** @param {string} url */
async function logIn(url) {
  const data = await send(
    url,
    'mutation { logIn(credentials: {anonymous: true}) { accessToken } }',
  );
  return data.logIn.accessToken;
}

/**
 * Writes until it is told to stop; how long each write took.
 *
 * @param {string} url
 * @param {readonly string[]} tokens
 * @param {AbortSignal} end
 */
async function write(url, tokens, end) {
  /** @type {number[]} */
  const times = [];
  const one = async (/** @type {string} */ token) => {
    for (let n = 0; !end.aborted; n += 1) {
      const begun = performance.now();
      const change = `newCustomUserData: {n: ${n}, text: "${'x'.repeat(500)}"}`;
      await send(url, `mutation { writeCustomUserData(${change}) { accessToken } }`, token);
      times.push(performance.now() - begun);
      await setTimeout(PAUSE);
    }
  };
  await Promise.all(tokens.map(one));
  return times;
}

/**
 * @param {string} name
 * @param {number[]} times
 */
function report(name, times) {
  times.sort((left, right) => left - right);
  const at = (/** @type {number} */ share) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN).toFixed(1);
  console.log(`${name}: ${times.length} writes, p50 ${at(0.5)}, p99 ${at(0.99)}, at most ${at(1)}`);
}

/**
 * @param {string} dataDir
 * @param {string} file
 */
async function runImport(dataDir, file) {
  const begun = performance.now();
  const child = spawn(execPath, [MAIN, 'import', 'users', file, '--json'], {
    env: { ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[line], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
  if (code !== 0) throw new Error('The import failed');
  return { seconds: (performance.now() - begun) / 1000, ...JSON.parse(String(line)) };
}

const folder = await mkdtemp(join(tmpdir(), 'bench-import-'));
const dataDir = join(folder, 'data');
const file = join(folder, 'users.ndjson');
await writeFile(
  file,
  Array.from({ length: USERS }, (_none, n) => {
    const identities = [{ provider: 'local-userpass', externalId: `user-${n}@example.com` }];
    const id = (n + 2 ** 40).toString(16).padStart(24, '5');
    return `${JSON.stringify({ id, identities, passwordHash: HASH })}\n`;
  }).join(''),
);
const { server } = await startTimed({ DATA_DIR: dataDir });
try {
  const tokens = await Promise.all(Array.from({ length: CLIENTS }, () => logIn(server.url)));
  report('alone', await write(server.url, tokens, AbortSignal.timeout(ALONE)));
  for (const run of ['import', 'import again']) {
    const end = new AbortController();
    const writing = write(server.url, tokens, end.signal);
    const { imported, present, seconds } = await runImport(dataDir, file);
    end.abort();
    const rate = Math.round((imported + present) / seconds);
    console.log(
      `${run}: ${imported} imported, ${present} present, ${seconds.toFixed(1)} s, ${rate}/s`,
    );
    report(`beside the ${run}`, await writing);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}
