import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

describeOnEveryStore('realm-web', (provideStore) => {
  let gateway: TestGateway;
  let client: RealmClient;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  beforeEach(() => {
    client = createRealmClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  test('logs in anonymously and has a profile', async () => {
    const user = await client.app.logIn(Credentials.anonymous());
    expect(user.id).toMatch(/^[0-9a-f]{24}$/);
    expect(user.customData).toEqual({});
    await user.functions.writeCustomUserData({ a: 1 });
    await user.refreshCustomData();
    expect(user.customData).toMatchObject({ a: { $numberInt: '1' } });
    expect(client.takeRequests()).toEqual([]);
  });
});
