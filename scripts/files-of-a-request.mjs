// Counts the files of `src` that one request goes through: those of which a function is executed, after
// warm-up, on the embedded store.
// Usage: node scripts/files-of-a-request.mjs [me|refresh|write] [--list] [--history]
import { mkdtemp, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const QUERIES = {
  me: '{ me { id customData } }',
  refresh: 'mutation { refreshCustomData { accessToken customData } }',
  write:
    'mutation { writeCustomUserData(newCustomUserData: {a: {b: 1}, c: "x"}) { accessToken customData } }',
};
const LOG_IN = 'mutation { logIn(credentials: {anonymous: true}) { accessToken } }';
const WARM_UP = 5;

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, history: { type: 'boolean' }, help: { type: 'boolean' } },
});
const [name = 'write'] = positionals;
const query = QUERIES[/** @type {keyof typeof QUERIES} */ (name)];
if (options.help || query === undefined) {
  console.error(
    'Usage: node scripts/files-of-a-request.mjs [me|refresh|write] [--list] [--history]',
  );
  process.exit(options.help ? 0 : 2);
}

const { createApp } = await import('../build/app.js');
const { parseConfig } = await import('../build/config.js');
const build = fileURLToPath(new URL('../build/', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'custom-user-data-'));
const env = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
const parsed = parseConfig(options.history ? { ...env, CUSTOM_DATA_HISTORY: '10' } : env);
if (parsed.type !== 'ok') throw new Error(parsed.problems.join('; '));
const app = createApp(parsed.config);
await app.start();

/**
 * @param {string} text
 * @param {string} [token]
 */
async function send(text, token) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${app.url()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ query: text }),
  });
  /** @type {any} */
  const body = await response.json();
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data;
}

const token = (await send(LOG_IN)).logIn.accessToken;
for (let count = 0; count < WARM_UP; count += 1) await send(query, token);

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
await session.post('Profiler.takePreciseCoverage');
await send(query, token);
const { result } = await session.post('Profiler.takePreciseCoverage');
await app.stop();
await rm(dataDir, { recursive: true });

const files = result
  .filter(({ url }) => url.startsWith('file:') && fileURLToPath(url).startsWith(build))
  .map(({ functions, url }) => ({
    file: fileURLToPath(url).slice(build.length).replace(/\.js$/, '.ts'),
    executed: functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0),
  }))
  .filter(({ executed }) => executed.length > 0);
const total = (/** @type {(each: typeof files[number]) => number} */ count) =>
  files.reduce((sum, each) => sum + count(each), 0);
console.log(
  `${name}: ${files.length} files, ${total(({ executed }) => executed.length)} functions, ${total(
    ({ executed }) => executed.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0),
  )} calls`,
);
if (options.list) for (const { file } of files) console.log(`  src/${file}`);
