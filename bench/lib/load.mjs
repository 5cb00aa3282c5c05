// Sends requests as fast as they are answered: with wrk if it is there, else with autocannon.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';

const run = promisify(execFile);

/**
 * @typedef {object} Load
 * @property {string} url
 * @property {readonly string[]} bodies sent in turns
 * @property {readonly string[]} tokens sent in turns
 * @property {number} seconds
 */

const CONNECTIONS = 32;

/** The name of the load generator that is there. */
export async function findGenerator() {
  try {
    // wrk has no way to say that all is well: it ends with 1 after its version.
    await run('wrk', ['-v']);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return 'autocannon';
  }
  return 'wrk';
}

/**
 * How many answers came, and how many a second. Fails if any was not 200.
 *
 * @param {'wrk' | 'autocannon'} generator
 * @param {string} folder for files of the run
 * @param {Load} load
 * @returns {Promise<{ answers: number, rate: number }>}
 */
export async function measure(generator, folder, load) {
  return generator === 'wrk' ? withWrk(folder, load) : withAutocannon(load);
}

/**
 * @param {string} folder
 * @param {Load} load
 */
async function withWrk(folder, { bodies, seconds, tokens, url }) {
  const script = join(folder, 'load.lua');
  const list = join(folder, 'tokens.txt');
  const texts = join(folder, 'bodies.txt');
  await writeFile(list, tokens.join('\n'));
  await writeFile(texts, bodies.join('\n'));
  await writeFile(
    script,
    `local requests = {}
local i = 0
function init(args)
  local tokens = {}
  local bodies = {}
  for token in io.lines(${JSON.stringify(list)}) do tokens[#tokens + 1] = token end
  for body in io.lines(${JSON.stringify(texts)}) do bodies[#bodies + 1] = body end
  for n = 1, math.max(#tokens, #bodies) do
    requests[n] = wrk.format("POST", "/graphql", {
      ["content-type"] = "application/json",
      ["authorization"] = "Bearer " .. tokens[(n - 1) % #tokens + 1]
    }, bodies[(n - 1) % #bodies + 1])
  end
end
function request()
  i = i % #requests + 1
  return requests[i]
end
`,
  );
  const { stdout } = await run('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url],
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`Not every answer was good: ${stdout}`);
  return {
    answers: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
  };
}

/** @param {Load} load */
async function withAutocannon({ bodies, seconds, tokens, url }) {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: Array.from({ length: Math.max(tokens.length, bodies.length) }, (_, n) => ({
      method: 'POST',
      path: '/graphql',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${tokens[n % tokens.length]}`,
      },
      body: bodies[n % bodies.length] ?? '',
    })),
  });
  if (result.non2xx + result.errors > 0) throw new Error('Not every answer was good');
  return { answers: result.requests.total, rate: result.requests.average };
}
