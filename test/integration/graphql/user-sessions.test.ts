import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, mustLogIn } from '../../support/account-operations.ts';
import { createCoreClient } from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  type GraphQLAnswer,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const MINUTE = 60_000;
const SESSIONS = '{ sessions { id createdAt refreshedAt userAgent address isCurrent } }';
const LOG_OUT_EVERYWHERE = 'mutation { logOutEverywhere }';
const END_SESSION = 'mutation ($id: ID!) { endSession(id: $id) }';
/** 56 days: within the 60 of a session. */
const EIGHT_WEEKS = 56 * 24 * 60 * MINUTE;

describeOnEveryStore('the sessions of a user', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let clock = Date.now();
  let users = 0;
  let credentials: object;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    users += 1;
    const emailPassword = { email: `user-${users}@example.com`, password: 'correct horse' };
    await send(OPERATIONS.registerUser, { variables: emailPassword });
    credentials = { emailPassword };
  });

  const logIn = () => mustLogIn(send, credentials);
  const idOf = ({ accessToken }: { readonly accessToken: string }) =>
    String(decodeUnverifiedToken(accessToken).sid);
  const list = async (token: string) => (await send(SESSIONS, { token })).data.sessions;
  const end = (token: string, id: string) => send(END_SESSION, { token, variables: { id } });
  const reasonOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions.reason;
  const isEnded = async (token: string) =>
    reasonOf(await send(OPERATIONS.refreshCustomData, { token })) === 'SESSION_ENDED';

  describe('sessions', () => {
    test('lists them, the newest first, with the one of the token marked', async () => {
      const first = await logIn();
      clock += MINUTE;
      const second = await logIn();
      const listed = await list(first.accessToken);
      expect(listed.map(({ id }: { id: string }) => id)).toEqual([idOf(second), idOf(first)]);
      expect(listed.map(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toEqual([
        false,
        true,
      ]);
    });

    test('tells when each began and was refreshed last', async () => {
      const began = clock;
      const { accessToken, refreshToken } = await logIn();
      clock += MINUTE;
      await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      const [{ createdAt, refreshedAt }] = await list(accessToken);
      expect([Date.parse(createdAt), Date.parse(refreshedAt)]).toEqual([began, began + MINUTE]);
    });

    test('tells the address, and the first 256 characters of the user agent, of the log-in', async () => {
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': `Browser/${'x'.repeat(500)}` },
        body: JSON.stringify({ query: OPERATIONS.logIn, variables: { credentials } }),
      });
      const { data } = (await answer.json()) as GraphQLAnswer;
      const [session] = await list(data.logIn.accessToken);
      expect(session.userAgent).toBe(`Browser/${'x'.repeat(248)}`);
      expect(session.address).toBe('127.0.0.1');
    });

    test('answers null for what a session of the version before does not know', async () => {
      const session = await logIn();
      const stored = await provideStore().openState('sessions');
      await stored.updateOne({ _id: idOf(session) }, { $unset: { client: '' } });
      const [{ address, userAgent }] = await list(session.accessToken);
      expect([address, userAgent]).toEqual([null, null]);
    });

    test('leaves out those of others, and those that have expired', async () => {
      const first = await logIn();
      clock += EIGHT_WEEKS;
      const second = await logIn();
      await mustLogIn(send, { anonymous: true });
      expect(await list(second.accessToken)).toHaveLength(2);
      clock += EIGHT_WEEKS;
      const third = await logIn();
      const listed = await list(third.accessToken);
      const ids = listed.map(({ id }: { id: string }) => id);
      expect(ids).toEqual([idOf(third), idOf(second)]);
      expect((await end(third.accessToken, idOf(first))).data).toEqual({ endSession: false });
    });

    test('are at most 200, the newest, and always the one of the token', async () => {
      const oldest = await logIn();
      const sessions = await provideStore().openState('sessions');
      const userId = oldest.user.id;
      const [createdAt, expiresAt] = [new Date(clock + MINUTE), new Date(clock + 2 * MINUTE)];
      for (let count = 0; count < 201; count += 1) {
        const _id = `${users}-${count}`.padStart(22, '0');
        const more = { refreshMode: 'fixed', refreshTokenHash: _id, traded: [] };
        await sessions.insertOne({ _id, userId, createdAt, expiresAt, ...more });
      }
      const listed = await list(oldest.accessToken);
      expect(listed).toHaveLength(201);
      expect(listed.at(-1)).toMatchObject({ id: idOf(oldest), isCurrent: true });
    });
  });

  describe('endSession', () => {
    test('ends the one and leaves the others', async () => {
      const [lost, own] = [await logIn(), await logIn()];
      expect((await end(own.accessToken, idOf(lost))).data).toEqual({ endSession: true });
      expect(await isEnded(lost.accessToken)).toBe(true);
      expect(await isEnded(own.accessToken)).toBe(false);
      const variables = { refreshToken: lost.refreshToken };
      expect(reasonOf(await send(OPERATIONS.refreshSession, { variables }))).toBe('SESSION_ENDED');
    });

    test('may end the one of the token', async () => {
      const own = await logIn();
      expect((await end(own.accessToken, idOf(own))).data).toEqual({ endSession: true });
      expect(await isEnded(own.accessToken)).toBe(true);
    });

    test('answers the same for one of somebody else, one that is not there, and no id at all', async () => {
      const own = await logIn();
      const other = await mustLogIn(send, { anonymous: true });
      for (const id of [idOf(other), 'AAAAAAAAAAAAAAAAAAAAAA', '', 'x'.repeat(100_000)]) {
        expect((await end(own.accessToken, id)).data).toEqual({ endSession: false });
      }
      expect(await isEnded(other.accessToken)).toBe(false);
    });
  });

  describe('logOutEverywhere', () => {
    test('ends every session of the user, that of the token included, and nobody else’s', async () => {
      const [first, second] = [await logIn(), await logIn()];
      const other = await mustLogIn(send, { anonymous: true });
      const answer = await send(LOG_OUT_EVERYWHERE, { token: first.accessToken });
      expect(answer.data).toEqual({ logOutEverywhere: true });
      expect(await isEnded(first.accessToken)).toBe(true);
      expect(await isEnded(second.accessToken)).toBe(true);
      expect(await isEnded(other.accessToken)).toBe(false);
      expect(await isEnded((await logIn()).accessToken)).toBe(false);
    });

    test('leaves API keys good', async () => {
      const own = await logIn();
      const variables = { name: 'key' };
      const { data } = await send(ACCOUNT_OPERATIONS.createApiKey, {
        token: own.accessToken,
        variables,
      });
      await send(LOG_OUT_EVERYWHERE, { token: own.accessToken });
      const again = await mustLogIn(send, { apiKey: { key: data.createApiKey.key } });
      expect(again.user.id).toBe(own.user.id);
    });
  });

  test('are those of App Services clients, too, and their tokens do as well', async () => {
    const own = await logIn();
    const app = createCoreClient(gateway.url);
    const { username, password } = {
      username: `user-${users}@example.com`,
      password: 'correct horse',
    };
    const path = '/app/myapp-abcde/auth/providers/local-userpass/login';
    const { json } = await app('POST', path, { body: { username, password } });
    const token = json.access_token;
    expect(await list(token)).toHaveLength(2);
    expect((await end(token, idOf(own))).data).toEqual({ endSession: true });
    await send(LOG_OUT_EVERYWHERE, { token });
    expect((await app('POST', '/auth/session', { token: json.refresh_token })).status).toBe(401);
  });

  test.each([
    ['sessions', SESSIONS],
    ['endSession', 'mutation { endSession(id: "any") }'],
    ['logOutEverywhere', LOG_OUT_EVERYWHERE],
  ])('%s needs a token of a session that has not ended', async (_name, query) => {
    const { accessToken } = await logIn();
    expect(reasonOf(await send(query))).toBe('TOKEN_MISSING');
    await send(OPERATIONS.logOut, { token: accessToken });
    const answer = await send(query, { token: accessToken });
    expect([answer.status, reasonOf(answer)]).toEqual([401, 'SESSION_ENDED']);
  });
});
