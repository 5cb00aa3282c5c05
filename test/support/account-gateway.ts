/** A gateway with mails, a user creation function and a log-in function, and shorthands for what people do. */
import { afterAll, beforeAll } from '@jest/globals';
import type { FunctionCall } from '../../src/functions/functions.ts';
import { ACCOUNT_OPERATIONS, mustLogIn } from './account-operations.ts';
import { createFakeFunctions } from './fake-functions.ts';
import {
  startGateway,
  type TestEnv,
  type TestGateway,
  type TestGatewayOptions,
} from './gateway.ts';
import type { ProvidedStore } from './gateway-stores.ts';
import {
  createGraphQLClient,
  type GraphQLAnswer,
  OPERATIONS,
  type SendOperation,
} from './graphql-client.ts';
import { type LocalIssuer, startLocalIssuer } from './local-issuer.ts';
import { linkIn, type MailServer, startMailServer } from './mail-server.ts';

/** Everything that a test of accounts needs; good in hooks and tests only. */
export interface AccountGateway {
  readonly send: SendOperation;
  readonly gateway: () => TestGateway;
  readonly mailServer: () => MailServer;
  /** The calls of the user creation function so far. */
  readonly creations: () => readonly FunctionCall[];
  readonly register: (email: string, password: string) => Promise<GraphQLAnswer>;
  /** Follows the confirmation link of the latest mail. */
  readonly confirm: (email: string) => Promise<GraphQLAnswer>;
  /** Asks for a reset mail and returns what its link carries. */
  readonly askForReset: (email: string) => Promise<{ token: string; tokenId: string }>;
  readonly resetWith: (
    link: { token: string; tokenId: string },
    password: string,
  ) => Promise<GraphQLAnswer>;
  readonly link: (accessToken: string, credentials: object) => Promise<GraphQLAnswer>;
  readonly createApiKey: (
    accessToken: string,
    name: string,
  ) => Promise<{ id: string; key: string }>;
  readonly anonymous: () => ReturnType<typeof mustLogIn>;
  /** An ID token of the Google of this test. */
  readonly googleToken: (claims: object) => string;
}

const CLIENT_ID = 'my-client';

/** Starts it before all tests. `external` is the payload's `id` at the log-in function. */
export function useAccountGateway(
  provideStore: () => ProvidedStore,
  env: TestEnv = {},
  options: TestGatewayOptions = {},
): AccountGateway {
  const functions = createFakeFunctions({
    authFunction: (({ id }: { id: string }) => id) as never,
    created: () => undefined,
    resetFunction: () => ({ status: 'success' }),
  });
  let gateway: TestGateway;
  let mailServer: MailServer;
  let issuer: LocalIssuer;
  let client: SendOperation;
  beforeAll(async () => {
    [mailServer, issuer] = await Promise.all([startMailServer(), startLocalIssuer()]);
    gateway = await startGateway(
      {
        ...provideStore().env,
        EMAIL_CONFIRMATION: 'email',
        SMTP_URL: mailServer.url,
        EMAIL_FROM: 'no-reply@example.com',
        FUNCTIONS_DIR: 'functions',
        ON_USER_CREATION_FUNCTION: 'created',
        GOOGLE_ISSUER: issuer.issuer,
        GOOGLE_CLIENT_IDS: CLIENT_ID,
        ...env,
      },
      { ...options, openFunctions: functions.open },
    );
    client = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([issuer.stop(), mailServer.stop()]);
  });
  const send: SendOperation = (query, more) => client(query, more);
  const resetLinkTo = (email: string) => {
    const { token, tokenId } = linkIn(mailServer.latestTo(email));
    return { token, tokenId };
  };
  return {
    send,
    gateway: () => gateway,
    mailServer: () => mailServer,
    creations: () => functions.calls.filter(({ name }) => name === 'created'),
    register: (email, password) =>
      send(OPERATIONS.registerUser, { variables: { email, password } }),
    confirm: (email) => {
      const { token, tokenId } = linkIn(mailServer.latestTo(email));
      return send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    },
    async askForReset(email) {
      const answer = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
        variables: { email },
      });
      if (answer.code !== undefined) throw new Error(`No reset mail: ${answer.code}`);
      return resetLinkTo(email);
    },
    resetWith: (given, password) =>
      send(ACCOUNT_OPERATIONS.resetPassword, { variables: { ...given, password } }),
    link: (token, credentials) =>
      send(ACCOUNT_OPERATIONS.linkCredentials, { token, variables: { credentials } }),
    async createApiKey(token, name) {
      const answer = await send(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name } });
      if (answer.code !== undefined) throw new Error(`No API key: ${answer.code}`);
      const { key, apiKey } = answer.data.createApiKey;
      return { id: apiKey.id, key };
    },
    anonymous: () => mustLogIn(send, { anonymous: true }),
    googleToken: (claims) =>
      issuer.issue({ aud: CLIENT_ID, exp: Math.floor(Date.now() / 1000) + 3600, ...claims }),
  };
}

/** Puts an account into the store as an import does: with an e-mail identity, without a password. */
export async function importAccount(
  { openState }: ProvidedStore,
  {
    email,
    userId,
    others = [],
  }: {
    readonly email: string;
    readonly userId: string;
    readonly others?: readonly Record<string, unknown>[];
  },
): Promise<{ readonly identityId: string }> {
  const identityId = userId.replace(/^./, 'f');
  const createdAt = new Date();
  const identity = {
    ...{ id: identityId, provider: 'local-userpass', externalId: email, data: { email } },
    createdAt,
  };
  const identities = [identity, ...others.map((other) => ({ createdAt, ...other }))];
  const accounts = await openState('accounts');
  await accounts.insertOne({
    ...{ _id: userId, createdAt, disabled: false, identities },
    identityKeys: identities.map(
      ({ provider, externalId }: Record<string, unknown>) => `${provider}:${externalId}`,
    ),
  });
  return { identityId };
}
