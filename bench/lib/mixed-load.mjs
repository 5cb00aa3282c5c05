// Connections that send different requests, with the time that the answers of interest took.
import autocannon from 'autocannon';
import { OPERATIONS } from './ask.mjs';

/**
 * @typedef {object} MixedRequest
 * @property {string} body
 * @property {string} [token]
 * @property {boolean} [isTimed] whether it is of interest how long its answer takes
 */

/**
 * What was sent, and how long the timed answers took in milliseconds.
 *
 * @typedef {{ answers: number, refused: number, times: number[] }} MixedResult
 */

/**
 * Every connection sends its requests in turns, the next one when it is answered.
 *
 * @param {object} load
 * @param {string} load.url
 * @param {number} load.connections
 * @param {number} load.seconds
 * @param {(connection: number) => readonly MixedRequest[]} load.requestsOf
 * @returns {Promise<MixedResult>}
 */
export async function measureMixed({ connections, requestsOf, seconds, url }) {
  /** @type {number[]} */
  const times = [];
  let started = 0;
  const result = await autocannon({
    url: `${url}/graphql`,
    connections,
    duration: seconds,
    method: 'POST',
    setupClient(client) {
      let isTimed = false;
      // Of one answer autocannon calls this first, and then the listener that is told how long it took.
      const toRequest = (/** @type {MixedRequest} */ { body, token, ...request }) => ({
        method: /** @type {const} */ ('POST'),
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
        onResponse() {
          isTimed = request.isTimed === true;
        },
      });
      client.setRequests(requestsOf(started).map(toRequest));
      started += 1;
      client.on('response', (_status, _bytes, time) => {
        if (isTimed) times.push(time);
      });
    },
  });
  if (result.errors > 0) throw new Error(`${result.errors} requests were not answered`);
  return { answers: result.requests.total, refused: result.non2xx, times };
}

/** @param {string} token */
export function meOf(token) {
  return { body: JSON.stringify({ query: OPERATIONS.me }), token, isTimed: true };
}

const CYCLE = 100;
const WRITES = 1;
const REFRESHES = 4;

/**
 * Of a hundred requests 95 are `me`, four `refreshCustomData` and one a write, evenly spread and for each
 * connection at another place.
 *
 * @param {string} token
 * @param {number} connection
 * @returns {MixedRequest[]}
 */
export function mixOf(token, connection) {
  const others = WRITES + REFRESHES;
  return Array.from({ length: CYCLE }, (_, index) => {
    const place = (index + connection * STEP) % CYCLE;
    if (place % (CYCLE / others) !== 0) return meOf(token);
    const data = { counter: `at place ${index}` };
    const request =
      place === 0
        ? { query: OPERATIONS.write, variables: { data } }
        : { query: OPERATIONS.refresh };
    return { body: JSON.stringify(request), token };
  });
}

/** Has no factor in common with the cycle. */
const STEP = 7;
