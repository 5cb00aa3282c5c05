// A client that asks one thing after the other.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** @param {string} url of a gateway */
export function createClient(url) {
  const agent = new Agent({ keepAlive: true });
  return {
    /**
     * @param {string} query
     * @param {object} [variables]
     * @param {string} [token]
     * @returns {Promise<any>} the data; fails if there are errors
     */
    async ask(query, variables = {}, token = undefined) {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { 'content-type': 'application/json', ...authorization };
      const sent = request(`${url}/graphql`, { agent, headers, method: 'POST' });
      sent.end(JSON.stringify({ query, variables }));
      const [response] = await once(sent, 'response');
      const { data, errors } = JSON.parse(await text(response));
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    close: () => agent.destroy(),
  };
}

const SESSION = '{ accessToken refreshToken }';

/** The operations that are measured. */
export const OPERATIONS = {
  logInWithJwt: `mutation ($token: String!) { logIn(credentials: { customJwt: { token: $token } }) ${SESSION} }`,
  logInWithApiKey: `mutation ($key: String!) { logIn(credentials: { apiKey: { key: $key } }) ${SESSION} }`,
  refreshSession: `mutation ($token: String!) { refreshSession(refreshToken: $token) ${SESSION} }`,
  refresh: 'mutation { refreshCustomData { accessToken customData } }',
  write:
    'mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) { accessToken customData } }',
  me: '{ me { id customData } }',
};
