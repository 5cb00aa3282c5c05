/** What log-ins and sessions cost on the store: how many commands, and which of them at the same time. */
import { beforeAll, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, mustLogIn } from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import type { LocalIssuer } from '../../support/local-issuer.ts';
import { issueIdToken, useRealmGateway } from '../../support/realm-gateway.ts';
import { createRounds } from '../../support/rounds.ts';
import { withSteps } from '../../support/store-steps.ts';

/** Everybody that the use cases need. */
interface World {
  readonly send: SendOperation;
  readonly issuer: LocalIssuer;
  readonly apiKey: string;
  /** Of a session whose refresh token rotates. */
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Of an App Services client, whose refresh token stays. */
  readonly fixedToken: string;
  /** Sends a request of an App Services client. */
  readonly asRealm: (method: string, path: string, token?: string) => Promise<Response>;
}

const EMAIL_PASSWORD = { email: 'ada@example.com', password: 'correct horse' };

const logInByToken = ({ issuer, send }: World) =>
  mustLogIn(send, { customJwt: { token: issueIdToken(issuer, 'ada', 'external') } });
const logInByIdToken = ({ issuer, send }: World) =>
  mustLogIn(send, { google: { idToken: issueIdToken(issuer, 'ada') } });
const logInByFunction = ({ send }: World) => mustLogIn(send, { function: { payload: {} } });
const logInByEmail = ({ send }: World) => mustLogIn(send, { emailPassword: EMAIL_PASSWORD });

const FIND = ['accounts.findOne'];
const MAKE = [['sessions.insertOne'], ['accounts.insertOne']];
const START = ['custom-user-data.findStored', 'sessions.insertOne'];
const READ_ALL = ['accounts.findOne', 'custom-user-data.findStored', 'sessions.findOne'];
const ADDRESS = [['accounts.find'], ['registrations.find', 'registrations.findOne']];

/** The operations by rounds: those of one round do not wait for each other. */
const COSTS: readonly (readonly [string, (world: World) => Promise<unknown>, string[][]])[] = [
  ['an anonymous log-in', ({ send }) => mustLogIn(send, { anonymous: true }), MAKE],
  ['a first log-in with a token of an issuer', logInByToken, [FIND, ...MAKE]],
  ['a later one', logInByToken, [FIND, START, FIND]],
  ['a first log-in with an ID token', logInByIdToken, [FIND, ...MAKE]],
  ['a later one', logInByIdToken, [FIND, START, FIND]],
  ['a first log-in by function', logInByFunction, [FIND, ...MAKE]],
  ['a later one', logInByFunction, [FIND, START, FIND]],
  [
    'a first log-in by e-mail',
    logInByEmail,
    [...ADDRESS, START, ['accounts.insertOne'], ['registrations.findOne']],
  ],
  ['a later one', logInByEmail, [...ADDRESS, START, FIND]],
  [
    'a log-in with an API key',
    ({ apiKey, send }) => mustLogIn(send, { apiKey: { key: apiKey } }),
    [['api-keys.findOne'], FIND, START, FIND],
  ],
  [
    'refreshSession',
    ({ refreshToken, send }) => send(OPERATIONS.refreshSession, { variables: { refreshToken } }),
    [READ_ALL, ['sessions.findOneAndUpdate']],
  ],
  [
    'GET /auth/profile',
    ({ accessToken, asRealm }) => asRealm('GET', '/auth/profile', accessToken),
    [READ_ALL],
  ],
  [
    'POST /auth/session',
    ({ asRealm, fixedToken }) => asRealm('POST', '/auth/session', fixedToken),
    [READ_ALL],
  ],
  [
    'sessions',
    ({ accessToken, send }) => send('{ sessions { id } }', { token: accessToken }),
    [['sessions.find', 'sessions.findOne']],
  ],
  [
    'DELETE /auth/session',
    ({ asRealm, fixedToken }) => asRealm('DELETE', '/auth/session', fixedToken),
    [['sessions.deleteOne']],
  ],
  [
    'endSession',
    ({ accessToken, send }) => send('mutation { endSession(id: "any") }', { token: accessToken }),
    [['sessions.findOne'], ['sessions.deleteOne']],
  ],
  [
    'logOutEverywhere',
    ({ accessToken, send }) => send('mutation { logOutEverywhere }', { token: accessToken }),
    [['sessions.findOne'], ['accounts.updateOne'], ['sessions.deleteMany']],
  ],
  [
    'logOut',
    ({ accessToken, send }) => send(OPERATIONS.logOut, { token: accessToken }),
    [['sessions.deleteOne']],
  ],
];

describeOnEveryStore('on the store', (provideStore) => {
  const rounds = createRounds();
  const realm = useRealmGateway(
    provideStore,
    { authFunction: () => 'ada' },
    { EMAIL_CONFIRMATION: 'automatic' },
    { wrapStore: withSteps(rounds.before) },
  );
  let world: World;

  beforeAll(async () => {
    await rounds.afterSweep;
    const { gateway, issuer } = realm();
    const send = createGraphQLClient(gateway.url);
    await send(OPERATIONS.registerUser, { variables: EMAIL_PASSWORD });
    const { accessToken, refreshToken } = await mustLogIn(send, { anonymous: true });
    const variables = { name: 'key' };
    const made = await send(ACCOUNT_OPERATIONS.createApiKey, { token: accessToken, variables });
    const asRealm: World['asRealm'] = (method, path, token) =>
      fetch(`${gateway.url}/api/client/v2.0${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    const answer = await asRealm('POST', '/app/myapp-abcde/auth/providers/anon-user/login');
    const { refresh_token } = (await answer.json()) as { readonly refresh_token: string };
    const tokens = { accessToken, refreshToken, fixedToken: refresh_token };
    world = { send, issuer, asRealm, apiKey: made.data.createApiKey.key, ...tokens };
  });

  test.each(COSTS)('%s', async (_useCase, run, expected) => {
    const { gateway } = realm();
    gateway.takeStoreOperations();
    expect(await rounds.of(() => run(world))).toEqual(expected);
    // On MongoDB, as the driver reports it: each operation is one command.
    expect(gateway.takeStoreOperations()).toHaveLength(expected.flat().length);
  });
});

describeOnEveryStore('with a user creation function', (provideStore) => {
  const rounds = createRounds();
  const realm = useRealmGateway(
    provideStore,
    { authFunction: () => 'ada', created: () => undefined },
    { ON_USER_CREATION_FUNCTION: 'created' },
    { wrapStore: withSteps(rounds.before) },
  );

  test('an anonymous log-in looks for the document that it may have written', async () => {
    const send = createGraphQLClient(realm().gateway.url);
    const run = () => mustLogIn(send, { anonymous: true });
    await rounds.afterSweep;
    expect(await rounds.of(run)).toEqual([START, ['accounts.insertOne']]);
  });
});
