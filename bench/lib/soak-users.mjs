// Users that do what users, their bugs and strangers do, each at random and one thing after the other.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { OPERATIONS } from './ask.mjs';

/** @typedef {{ status: number, codes: readonly string[], data: any }} SoakAnswer */

const INCREMENT =
  'mutation { updateCustomUserData(operations: [{ increment: { path: "/count", by: 1 } }]) { accessToken } }';
const LOG_IN = 'mutation { logIn(credentials: { anonymous: true }) { accessToken refreshToken } }';
const GUESS =
  'mutation { logIn(credentials: { emailPassword: { email: "somebody@example.com", password: "a wrong one" } }) { accessToken } }';
const PROFILE = '/api/client/v2.0/auth/profile';
const LOG_OUT = 'mutation { logOut }';
const FILLING = 'x'.repeat(200);

/** How often of a hundred times what is done. */
const SHARES = /** @type {const} */ ([
  ['me', 50],
  ['refresh', 10],
  ['increment', 12],
  ['write', 6],
  ['trade', 5],
  ['profile', 5],
  ['other', 3],
  ['logOut', 1],
  ['guess', 1],
  ['malformed', 3],
  ['forged', 2],
  ['abort', 2],
]);

/**
 * @typedef {object} SoakWatch
 * @property {() => boolean} isOver
 * @property {(answer: SoakAnswer) => void} onAnswer
 * @property {(error: unknown) => void} onFailure told of a request that got no answer
 */

/**
 * Lets one user act until `isOver`.
 *
 * @param {string} url
 * @param {SoakWatch} watch
 * @returns {Promise<{ confirmed: number, unknown: number, found: number }>} increments of the document that were
 *   confirmed, that may have been made, and that are there in the end
 */
export async function actAsUser(url, watch) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const user = {
    tokens: { accessToken: '', refreshToken: '' },
    confirmed: 0,
    unknown: 0,
    ...createSender(url, agent, watch),
  };
  const acts = createActs(url, user);
  while (user.tokens.accessToken === '' && !watch.isOver()) {
    const answer = await user.ask(LOG_IN);
    user.tokens = answer?.data?.logIn ?? user.tokens;
  }
  while (!watch.isOver()) await acts[choose()]();
  const last = await user.ask(OPERATIONS.refresh, user.tokens.accessToken);
  agent.destroy();
  const { confirmed, unknown } = user;
  return { confirmed, unknown, found: last?.data?.refreshCustomData?.customData?.count ?? 0 };
}

/**
 * @param {string} url
 * @param {Agent} agent
 * @param {SoakWatch} watch
 */
function createSender(url, agent, watch) {
  /**
   * @param {{ body?: string, path?: string, token?: string }} sent by GET without a body
   * @returns {Promise<SoakAnswer | null>} `null`: no answer came
   */
  const send = async ({ body, path = '/graphql', token = '' }) => {
    const headers = {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    try {
      const sent = request(`${url}${path}`, { agent, headers, method });
      sent.end(body);
      const [response] = await once(sent, 'response');
      const { data, error_code, errors } = JSON.parse(await text(response));
      const ofGraphQL = errors?.map((/** @type {any} */ { extensions }) => extensions.code) ?? [];
      const codes = error_code === undefined ? ofGraphQL : [error_code];
      const answer = { status: response.statusCode, codes, data };
      watch.onAnswer(answer);
      return answer;
    } catch (error) {
      watch.onFailure(error);
      return null;
    }
  };
  /** @param {string} query @param {string} [token] @param {object} [variables] */
  const ask = (query, token = '', variables = {}) =>
    send({ body: JSON.stringify({ query, variables }), token });
  return { send, ask };
}

/**
 * @typedef {ReturnType<typeof createSender> & {
 *   tokens: { accessToken: string, refreshToken: string }, confirmed: number, unknown: number }} SoakUser
 */

/**
 * @param {string} url
 * @param {SoakUser} user
 */
function createActs(url, user) {
  const { ask, send } = user;
  const token = () => user.tokens.accessToken;
  return {
    me: () => ask(OPERATIONS.me, token()),
    refresh: () => ask(OPERATIONS.refresh, token()),
    async increment() {
      const answer = await ask(INCREMENT, token());
      if (answer?.data?.updateCustomUserData != null) user.confirmed += 1;
      // A 503 says that it may be tried again, not that nothing was done.
      else if (answer === null || answer.codes.includes('SERVICE_UNAVAILABLE')) user.unknown += 1;
    },
    write: () => ask(OPERATIONS.write, token(), { data: { note: `${Math.random()} ${FILLING}` } }),
    async trade() {
      const answer = await ask(OPERATIONS.refreshSession, '', { token: user.tokens.refreshToken });
      user.tokens = answer?.data?.refreshSession ?? user.tokens;
    },
    profile: () => send({ path: PROFILE, token: token() }),
    other: () => ask(LOG_IN),
    async logOut() {
      const answer = await ask(LOG_IN);
      const other = answer?.data?.logIn?.accessToken;
      if (other !== undefined) await ask(LOG_OUT, other);
    },
    guess: () => ask(GUESS),
    malformed: () => send({ body: Math.random() < 0.5 ? '{"query":' : '{"query":"{ nothing }"}' }),
    forged: () => ask(OPERATIONS.me, `${token().slice(0, -10)}AAAAAAAAAA`),
    async abort() {
      const headers = { 'content-length': '900' };
      const sent = request(`${url}/graphql`, { method: 'POST', headers });
      sent.on('error', () => undefined);
      sent.write('{"query":');
      await once(sent, 'socket');
      sent.destroy();
    },
  };
}

function choose() {
  let ticket = Math.random() * 100;
  for (const [name, share] of SHARES) {
    ticket -= share;
    if (ticket < 0) return name;
  }
  return 'me';
}
