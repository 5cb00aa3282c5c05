// A gateway with users, and the tokens that its peers understand as well.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { startGateway, startPeer } from './servers.mjs';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
const KEY_ID = 'bench';
const run = promisify(execFile);

/** A document of about 0.4 KB, of texts only: every form of Extended JSON shows them alike. */
const DOCUMENT = {
  theme: 'dark',
  locale: 'en-GB',
  favourites: ['alpha', 'beta', 'gamma', 'delta'],
  address: { street: '12 Long Lane', city: 'Brighton', country: 'GB' },
  about: 'x'.repeat(200),
};

const LOG_IN = 'mutation { logIn(credentials: {anonymous: true}) { accessToken } }';
const WRITE = `mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) { accessToken } }`;

/**
 * Starts a gateway in a folder of its own.
 *
 * @param {number} count of users
 * @param {Record<string, string>} [env]
 */
export async function createWorld(count, env = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'custom-user-data-bench-'));
  const log = openSync(join(folder, 'log'), 'a');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateJwk = privateKey.export({ format: 'jwk' });
  const keys = join(folder, 'keys.json');
  const published = { ...privateJwk, kid: KEY_ID, alg: 'ES256', use: 'sig' };
  await writeFile(keys, JSON.stringify({ keys: [published] }), { mode: 0o600 });
  const gateway = await startGateway(
    { DATA_DIR: join(folder, 'data'), SIGNING_KEYS_FILE: keys, ...env },
    log,
  );
  const users = await Promise.all(Array.from({ length: count }, () => createUser(gateway.url)));
  const { d: _secret, ...jwk } = privateJwk;
  const [{ aud, iss }] = users;
  const { stdout: sdl } = await run(execPath, [MAIN, 'schema', 'print']);
  const facts = {
    mongodb: env.MONGODB_URI,
    ...{ audience: aud, issuer: iss, jwk, privateJwk, sdl },
    users: users.map(({ sid, sub }) => ({ sid, sub, document: DOCUMENT })),
  };
  return {
    folder,
    gateway,
    users,
    /** @param {string} name */
    startPeer: (name) => startPeer(name, facts, log),
    /** @param {number} many tokens of the first user, each of which nobody has seen */
    mint: (many) => Array.from({ length: many }, () => mint(users[0], privateKey)),
    async remove() {
      await gateway.stop();
      closeSync(log);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} url */
async function createUser(url) {
  const { logIn } = await send(url, LOG_IN, {});
  const { writeCustomUserData } = await send(url, WRITE, { data: DOCUMENT }, logIn.accessToken);
  const token = writeCustomUserData.accessToken;
  return { token, ...claimsIn(token) };
}

/**
 * @param {string} url
 * @param {string} query
 * @param {object} variables
 * @param {string} [token]
 * @returns {Promise<any>}
 */
async function send(url, query, variables, token) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ query, variables }),
  });
  /** @type {any} */
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** @param {string} token */
function claimsIn(token) {
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

/**
 * @param {{ token: string }} user
 * @param {import('node:crypto').KeyObject} key
 */
function mint({ token }, key) {
  const [header] = token.split('.');
  const claims = { ...claimsIn(token), jti: randomUUID() };
  const text = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const options = /** @type {const} */ ({ key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`;
}
