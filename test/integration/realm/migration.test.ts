import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { linkIn, type MailServer, startMailServer } from '../../support/mail-server.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const DOCS = new URL('../../../docs/realm.md', import.meta.url);

/** The account that the documentation shows. */
async function readDocumentedAccount() {
  const text = await readFile(DOCS, 'utf8');
  const json = /<!-- migration:account -->\s+```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  return JSON.parse(json, (_key, value) =>
    typeof value?.$date === 'string' ? new Date(value.$date) : value,
  );
}

describeOnMongo('moving from App Services', (uri) => {
  let database: TestDatabase;
  let gateway: TestGateway;
  let mailServer: MailServer;

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'migration');
    mailServer = await startMailServer();
    gateway = await startGateway({
      MONGODB_URI: database.uri,
      CUSTOM_DATA_DATABASE: database.name,
      EMAIL_CONFIRMATION: 'email',
      SMTP_URL: mailServer.url,
      EMAIL_FROM: 'no-reply@example.com',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await mailServer.stop();
    await database.remove();
  });

  test('a user keeps id and document if the account was made as documented', async () => {
    const account = await readDocumentedAccount();
    const { _id: userId } = account;
    const { externalId: email } = account.identities[0];
    const store = await openMongoStore({ uri: database.uri, log: createLog('silent') });
    await (await store.collection({ name: 'accounts' })).insertOne(account);
    const documents = { database: database.name, name: 'custom-user-data' };
    await (await store.collection(documents)).insertOne({
      _id: new ObjectId(),
      userId: new ObjectId(userId),
      favoriteColor: 'blue',
    });
    await store.close();

    const { app } = createRealmClient(gateway.url);
    const password = 'a new password';
    await app.emailPasswordAuth.registerUser({ email, password: 'thrown away' });
    const logIn = () => app.logIn(Credentials.emailPassword(email, password));
    await expect(logIn()).rejects.toMatchObject({ error: 'unauthorized' });
    const { token, tokenId } = linkIn(mailServer.latestTo(email));
    await app.emailPasswordAuth.resetPassword({ token, tokenId, password });
    const user = await logIn();
    expect(user.id).toBe(userId);
    expect(user.customData).toMatchObject({ favoriteColor: 'blue' });
    expect(user.profile).toEqual({ email });
    await user.callFunction('writeCustomUserData', { visits: 1 });
    expect(await user.refreshCustomData()).toMatchObject({
      userId: { $oid: userId },
      favoriteColor: 'blue',
      visits: { $numberInt: '1' },
    });
  });
});
