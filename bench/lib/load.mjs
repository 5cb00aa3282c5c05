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
 * @property {string} body
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
async function withWrk(folder, { body, seconds, tokens, url }) {
  const script = join(folder, 'load.lua');
  const list = join(folder, 'tokens.txt');
  await writeFile(list, tokens.join('\n'));
  await writeFile(
    script,
    `local requests = {}
local i = 0
function init(args)
  for token in io.lines(${JSON.stringify(list)}) do
    requests[#requests + 1] = wrk.format("POST", "/graphql", {
      ["content-type"] = "application/json", ["authorization"] = "Bearer " .. token
    }, [==[${body}]==])
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
async function withAutocannon({ body, seconds, tokens, url }) {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests: tokens.map((token) => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })),
  });
  if (result.non2xx + result.errors > 0) throw new Error('Not every answer was good');
  return { answers: result.requests.total, rate: result.requests.average };
}
