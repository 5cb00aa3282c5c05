// Stores of many users, and what is asked of the gateways on them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, OPERATIONS } from './ask.mjs';
import { createIssuer } from './custom-jwt.mjs';
import { documentOf, inspectStore, seedStore } from './seed.mjs';
import { startTimed } from './servers.mjs';

const LOG_INS_AT_ONCE = 16;
const TOKENS_LIVE = '12h';

/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */
/** @typedef {Awaited<ReturnType<typeof serve>>} Served */
/** @typedef {Served['people'][number]} Person */

/**
 * A store of so many users, and what to start its gateway with.
 *
 * @param {string} root
 * @param {{ count: number, documentBytes: number, minutes: number }} wanted as in `seedStore`
 */
export async function openWorld(root, { count, documentBytes, minutes }) {
  const folder = join(root, `${count}-users-${documentBytes}-bytes`);
  const seeded = await seedStore(folder, { count, documentBytes, minutes });
  const issuer = createIssuer(seeded.issuerKey);
  const issuers = join(folder, 'issuers.json');
  await writeFile(issuers, JSON.stringify(issuer.file));
  const { bytes, trees } = await inspectStore(folder);
  const env = {
    DATA_DIR: join(folder, 'data'),
    CUSTOM_JWT_ISSUERS_FILE: issuers,
    ACCESS_TOKEN_TTL: TOKENS_LIVE,
  };
  return { count, documentBytes, env, issuer, bytes, trees, sample: seeded.sample };
}

/**
 * Starts a gateway and logs everyone of the sample in.
 *
 * @param {World} world
 */
export async function serve({ env, issuer, sample }) {
  const { server } = await startTimed(env);
  const client = createClient(server.url);
  const people = sample.map(({ apiKey, name }) => ({
    apiKey,
    jwt: issuer.tokenOf(name),
    access: '',
    refresh: '',
  }));
  for (let from = 0; from < people.length; from += LOG_INS_AT_ONCE) {
    const logIns = people.slice(from, from + LOG_INS_AT_ONCE).map(async (person) => {
      const { logIn } = await client.ask(OPERATIONS.logInWithJwt, { token: person.jwt });
      Object.assign(person, { access: logIn.accessToken, refresh: logIn.refreshToken });
    });
    await Promise.all(logIns);
  }
  return { server, client, people, next: 0 };
}

/**
 * What is measured of each user.
 *
 * @type {Record<string, (client: Served['client'], person: Person, world: World) => Promise<void>>}
 */
export const ASK = {
  'log-in with a JWT': async (client, { jwt }) => {
    await client.ask(OPERATIONS.logInWithJwt, { token: jwt });
  },
  'log-in with an API key': async (client, { apiKey }) => {
    await client.ask(OPERATIONS.logInWithApiKey, { key: apiKey });
  },
  '`refreshSession`': async (client, person) => {
    const answer = await client.ask(OPERATIONS.refreshSession, { token: person.refresh });
    person.refresh = answer.refreshSession.refreshToken;
  },
  '`refreshCustomData`': async (client, { access }) => {
    await client.ask(OPERATIONS.refresh, {}, access);
  },
  '`writeCustomUserData`': async (client, { access }, { documentBytes }) => {
    const { f0 = '' } = documentOf(documentBytes);
    const data = { f0: String(Math.random()).padEnd(f0.length, 'x').slice(0, f0.length) };
    await client.ask(OPERATIONS.write, { data }, access);
  },
  '`me`': async (client, { access }) => {
    await client.ask(OPERATIONS.me, {}, access);
  },
};
