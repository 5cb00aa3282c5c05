/** A gateway that takes every provider, and credentials for each. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFakeFunctions } from './fake-functions.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from './gateway.ts';
import { createGraphQLClient, logInAnonymously, type SendOperation } from './graphql-client.ts';
import { startLocalIssuer } from './local-issuer.ts';

const CLIENT_ID = 'my-client';
const SECONDS_PER_HOUR = 3600;

/** The gateway. */
export interface ProviderGateway {
  readonly gateway: TestGateway;
  readonly send: SendOperation;
  /** A signed token of a person, good for Google, Apple and custom JWT. */
  readonly idToken: (sub: string) => string;
  /** The secret of an API key that somebody has made. */
  readonly createApiKey: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Starts it. Its log-in function takes the `id` of the payload. */
export async function startProviderGateway(): Promise<ProviderGateway> {
  const directory = await createTemporaryDirectory();
  const issuer = await startLocalIssuer();
  const issuers = join(directory.path, 'issuers.json');
  const trusted = {
    issuer: issuer.issuer,
    audience: CLIENT_ID,
    jwksUrl: issuer.jwksUrl,
    algorithms: ['ES256'],
  };
  await writeFile(issuers, JSON.stringify([trusted]));
  const functions = createFakeFunctions({ auth: (({ id }: { id: string }) => id) as never });
  const gateway = await startGateway(
    {
      DATA_DIR: directory.path,
      CUSTOM_JWT_ISSUERS_FILE: issuers,
      GOOGLE_ISSUER: issuer.issuer,
      GOOGLE_CLIENT_IDS: CLIENT_ID,
      APPLE_ISSUER: issuer.issuer,
      APPLE_CLIENT_IDS: CLIENT_ID,
      FUNCTIONS_DIR: 'functions',
      AUTH_FUNCTION: 'auth',
    },
    { openFunctions: functions.open },
  );
  const send = createGraphQLClient(gateway.url);
  return {
    gateway,
    send,
    idToken: (sub) =>
      issuer.issue({
        sub,
        aud: CLIENT_ID,
        exp: Math.floor(Date.now() / 1000) + SECONDS_PER_HOUR,
      }),
    async createApiKey() {
      const { accessToken: token } = await logInAnonymously(send);
      const { data } = await send('mutation { createApiKey(name: "mine") { key } }', { token });
      return data.createApiKey.key;
    },
    async stop() {
      await gateway.stop();
      await issuer.stop();
      await directory.remove();
    },
  };
}
