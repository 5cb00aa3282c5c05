/** A gateway with every provider switched on, for App Services clients. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { createFakeFunctions, type FakeFunction } from './fake-functions.ts';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
  type TestGatewayOptions,
} from './gateway.ts';
import type { ProvidedStore } from './gateway-stores.ts';
import { type LocalIssuer, startLocalIssuer } from './local-issuer.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

/** The gateway and what stands around it. */
export interface RealmGateway {
  readonly gateway: TestGateway;
  readonly issuer: LocalIssuer;
  readonly mailServer: MailServer;
}

/** Client ids of the identity providers. */
const CLIENT_ID = 'my-client';

/** Starts it before all tests. `functions` answer for the operator's; the issuer is Google's and Apple's too. */
export function useRealmGateway(
  provideStore: () => ProvidedStore,
  functions: Readonly<Record<string, FakeFunction>>,
  env: TestEnv = {},
  options: TestGatewayOptions = {},
): () => RealmGateway {
  let started: RealmGateway | undefined;
  let close: () => Promise<unknown>;
  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    const issuer = await startLocalIssuer();
    const mailServer = await startMailServer();
    const issuersFile = join(directory.path, 'issuers.json');
    const { jwksUrl } = issuer;
    const external = {
      issuer: issuer.issuer,
      jwksUrl,
      audience: 'external',
      algorithms: ['ES256'],
    };
    await writeFile(issuersFile, JSON.stringify([external]));
    const gateway = await startGateway(
      {
        ...provideStore().env,
        CUSTOM_JWT_ISSUERS_FILE: issuersFile,
        GOOGLE_ISSUER: issuer.issuer,
        GOOGLE_CLIENT_IDS: CLIENT_ID,
        APPLE_ISSUER: issuer.issuer,
        APPLE_CLIENT_IDS: CLIENT_ID,
        EMAIL_CONFIRMATION: 'email',
        SMTP_URL: mailServer.url,
        EMAIL_FROM: 'no-reply@example.com',
        FUNCTIONS_DIR: 'functions',
        PROVIDERS: 'anonymous,email-password,api-key,custom-jwt,custom-function,google,apple',
        ...env,
      },
      { ...options, openFunctions: createFakeFunctions(functions).open },
    );
    started = { gateway, issuer, mailServer };
    close = async () => {
      await gateway.stop();
      await Promise.all([issuer.stop(), mailServer.stop(), directory.remove()]);
    };
  });
  afterAll(() => close());
  return () => {
    if (started === undefined) throw new Error('The gateway is there in hooks and tests only');
    return started;
  };
}

/** A token of the issuer for the client id, good for an hour. */
export function issueIdToken(issuer: LocalIssuer, sub: string, aud: string = CLIENT_ID): string {
  return issuer.issue({ sub, aud, exp: Math.floor(Date.now() / 1000) + 3600 });
}
