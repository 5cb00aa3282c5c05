/** Whose roles functions trust: those of the token, or those in the store. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestEnv } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const APP = {
  'config.json': [
    { name: 'role' },
    { name: 'adminsOnly', can_evaluate: { '%%user.custom_data.role': 'admin' } },
  ],
  'role.js': 'exports = () => context.user.custom_data.role;',
  'adminsOnly.js': "exports = () => 'welcome';",
};

let app: AppDirectory;
beforeAll(async () => {
  app = await writeApp(APP);
});
afterAll(() => app.remove());

describeOnEveryStore('a role that is taken away while a token names it', (provideStore) => {
  async function withDemoted(
    env: TestEnv,
    run: (parts: { url: string; demote: (userId: string) => Promise<unknown> }) => Promise<void>,
  ): Promise<void> {
    const documents = await provideStore().openDocuments();
    const gateway = await startGateway({
      ...provideStore().env,
      FUNCTIONS_DIR: app.path,
      ...env,
    });
    const demote = (userId: string) =>
      documents.updateOne({ userId }, { $set: { role: 'member' } });
    await run({ url: gateway.url, demote }).finally(gateway.stop);
  }

  test('counts as long as the token lives, as in App Services', async () => {
    await withDemoted({}, async ({ url, demote }) => {
      const send = createGraphQLClient(url);
      const { accessToken, user } = await logInAnonymously(send);
      const written = await send(OPERATIONS.write, {
        token: accessToken,
        variables: { data: { role: 'admin' } },
      });
      const token = written.data.writeCustomUserData.accessToken;
      await demote(user.id);
      const call = (name: string) => send(OPERATIONS.callFunction, { token, variables: { name } });
      expect(await call('role')).toMatchObject({ data: { callFunction: 'admin' } });
      expect(await call('adminsOnly')).toMatchObject({ data: { callFunction: 'welcome' } });
    });
  });

  test('counts no longer with FUNCTIONS_FRESH_CUSTOM_DATA, in functions and rules', async () => {
    await withDemoted({ FUNCTIONS_FRESH_CUSTOM_DATA: 'true' }, async ({ url, demote }) => {
      const user = await createRealmClient(url).app.logIn(Credentials.anonymous());
      expect(await user.callFunction('role')).toBeNull();
      await user.callFunction('writeCustomUserData', { role: 'admin' });
      expect(await user.callFunction('adminsOnly')).toBe('welcome');
      await user.refreshCustomData();
      await demote(user.id);
      expect(user.customData).toMatchObject({ role: 'admin' });
      expect(await user.callFunction('role')).toBe('member');
      await expect(user.callFunction('adminsOnly')).rejects.toMatchObject({
        error: 'rule not matched for function "adminsOnly"',
      });
    });
  });
});
