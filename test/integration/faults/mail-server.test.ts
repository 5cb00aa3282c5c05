/** A mail server that takes connections and says nothing more, while users register and others write. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail } from '../../support/account-operations.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { linkIn, startMailServer, startSilentServer } from '../../support/mail-server.ts';
import { findWrites, startWriteLoad } from '../../support/write-load.ts';

/** More than the mailer has connections. */
const REGISTRATIONS = 12;
/** Ten seconds for the mail, and what a busy machine takes for the passwords. */
const BOUND = 14_000;
const PASSWORD = 'a good long pass phrase';
const TIMEOUT = 60_000;

describe('a mail server that hangs', () => {
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let silent: Awaited<ReturnType<typeof startSilentServer>>;
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    silent = await startSilentServer();
    gateway = await startGateway({
      DATA_DIR: directory.path,
      EMAIL_CONFIRMATION: 'email',
      SMTP_URL: silent.url,
      EMAIL_FROM: 'no-reply@example.com',
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });

  test(
    'is given up in bounded time, holds nobody else up, and registrations go on once it is back',
    async () => {
      const load = await startWriteLoad({ users: 4, urls: () => [gateway.url], patience: 4000 });
      const addresses = Array.from({ length: REGISTRATIONS }, (_, n) => `user-${n}@example.com`);
      const begin = performance.now();
      const answers = await Promise.all(
        addresses.map((email) =>
          send(OPERATIONS.registerUser, { variables: { email, password: PASSWORD } }),
        ),
      );
      expect(performance.now() - begin).toBeLessThan(BOUND);
      expect(answers.map(({ code, status }) => [code, status])).toEqual(
        addresses.map(() => ['SERVICE_UNAVAILABLE', 503]),
      );
      await load.more(10);
      await load.stop();
      expect(load.outcomes).toEqual({ OK: load.acknowledged() });
      expect((await findWrites('a mail server that hangs', gateway.url, load.users)).wrong).toEqual(
        [],
      );

      await silent.stop();
      const mailServer = await startMailServer(Number(new URL(silent.url).port));
      for (const email of addresses) {
        // Nothing was registered: whoever tries again is not told that the address is taken.
        const variables = { email, password: PASSWORD };
        expect((await send(OPERATIONS.registerUser, { variables })).code).toBeUndefined();
        const { token, tokenId } = linkIn(mailServer.latestTo(email));
        await send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
        expect((await logInByEmail(send, email, PASSWORD)).code).toBeUndefined();
      }
      await mailServer.stop();
    },
    TIMEOUT,
  );
});
