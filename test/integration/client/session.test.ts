import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createGatewayTabs } from '../../support/client/gateway-tabs.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf } from '../../support/client/world.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const HALF_HOUR = 1_800_000;

describeOnEveryStore('the client package', (provideStore) => {
  let gateway: TestGateway;
  let time = Date.now();
  const now = () => time;
  const url = () => gateway.url;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now });
  });
  afterAll(() => gateway.stop());

  test('registers, logs in, writes, and has the document after a reload without a request', async () => {
    const tabs = createGatewayTabs(url, { now });
    const { session, events } = tabs.open();
    const email = `client-${time}@example.com`;
    const { userId } = await session.registerUser(email, 'correct horse battery');
    const user = await session.logIn({
      emailPassword: { email, password: 'correct horse battery' },
    });
    expect(user).toMatchObject({ id: userId, customData: null, customDataRevision: null });
    const written = await session.writeCustomUserData({ color: 'blue', list: [1] });
    expect(written.user).toBe(session.user);
    expect(written.user.customData).toMatchObject({ color: 'blue', list: [1], userId });
    expect(written.result).toMatchObject({ upsertedId: expect.any(String), modifiedCount: 0 });
    await settle();
    expect(events).toEqual(['LOGGED_IN', 'DATA_CHANGED']);

    const reloaded = tabs.open().session;
    expect(reloaded.user).toEqual(session.user);
    const send = createGraphQLClient(gateway.url);
    const answer = await send(OPERATIONS.me, { token: String(await reloaded.getAccessToken()) });
    expect(answer.data.me).toEqual(reloaded.user);
    expect(tabs.count('logIn')).toBe(1);
  });

  test('refuses what the gateway refuses, with its code and facts', async () => {
    const { session } = createGatewayTabs(url, { now }).open();
    const credentials = { emailPassword: { email: 'nobody@example.com', password: 'wrong words' } };
    expect(await codeOf(session.logIn(credentials))).toBe('INVALID_CREDENTIALS');
    await session.logIn({ anonymous: true });
    await expect(session.writeCustomUserData({ userId: 'x' })).rejects.toMatchObject({
      code: 'FIELD_NOT_WRITABLE',
      extensions: { paths: ['/userId'] },
    });
    const { user } = await session.writeCustomUserData({ n: 1 });
    const stale = session.updateCustomUserData([{ increment: { path: '/n', by: 1 } }], {
      expectedRevision: '',
    });
    await expect(stale).rejects.toMatchObject({
      code: 'REVISION_CONFLICT',
      extensions: { currentRevision: user.customDataRevision },
    });
    const { customDataRevision: expectedRevision } = user;
    await session.updateCustomUserData([{ increment: { path: '/n', by: 1 } }], {
      expectedRevision,
    });
    expect(session.user?.customData).toMatchObject({ n: 2 });
    await session.writeCustomUserData({ deep: { a: 1 } }, { mode: 'REPLACE' });
    expect(session.user?.customData).not.toHaveProperty('n');
  });

  test('shows in one tab what another one writes, refreshes and leaves', async () => {
    const tabs = createGatewayTabs(url, { now });
    const [here, there] = [tabs.open(), tabs.open()];
    await here.session.logIn({ anonymous: true });
    await here.session.writeCustomUserData({ color: 'red' });
    await settle();
    expect(there.session.user?.customData).toMatchObject({ color: 'red' });
    time += HALF_HOUR;
    await there.session.refreshCustomData();
    expect(tabs.count('refreshSession')).toBe(1);
    await settle();
    expect(await here.session.getAccessToken()).toBe(await there.session.getAccessToken());
    expect(await here.session.logOut()).toBe(true);
    await settle();
    expect(there.session.status).toBe('loggedOut');
    expect(there.events).toEqual(['LOGGED_IN', 'DATA_CHANGED', 'REFRESHED', 'LOGGED_OUT']);
  });

  test('has ended once the gateway has ended the session elsewhere', async () => {
    const { session, events } = createGatewayTabs(url, { now }).open();
    await session.logIn({ anonymous: true });
    const send = createGraphQLClient(gateway.url);
    await send('mutation { logOutEverywhere }', { token: String(await session.getAccessToken()) });
    expect(await codeOf(session.refreshCustomData())).toBe('UNAUTHENTICATED');
    await settle();
    expect([session.status, events]).toEqual(['loggedOut', ['LOGGED_IN', 'ENDED']]);
  });

  test('goes on by the clock of the gateway, two hours from that of the device', async () => {
    for (const ahead of [2, -2]) {
      const tabs = createGatewayTabs(url, { now: () => time + ahead * 3_600_000 });
      const { session } = tabs.open();
      await session.logIn({ anonymous: true });
      for (let use = 0; use < 5; use += 1) await session.refreshCustomData();
      time += HALF_HOUR;
      for (let use = 0; use < 5; use += 1) await session.refreshCustomData();
      expect([tabs.count('refreshSession'), tabs.count('refreshCustomData')]).toEqual([1, 10]);
    }
  });

  describe.each([
    ['with locks', true, 1.2],
    ['without locks', false, 2],
  ])('in two tabs, %s,', (_name, hasLocks, most) => {
    test('loses none of 10 requests at once in each of 200 expiries', async () => {
      const tabs = createGatewayTabs(url, { now, hasLocks });
      const [here, there] = [tabs.open(), tabs.open()];
      await here.session.logIn({ anonymous: true });
      await settle();
      const send = createGraphQLClient(gateway.url);
      const lost: unknown[] = [];
      const ask = async (session: typeof here.session) => {
        const { data, code } = await send(OPERATIONS.me, {
          token: (await session.getAccessToken()) ?? '',
        });
        if (data?.me?.id !== here.session.user?.id) lost.push(code);
      };
      for (let round = 0; round < 200; round += 1) {
        time += HALF_HOUR;
        await Promise.all(
          [here, there].flatMap(({ session }, tab) => [
            ...Array.from({ length: 9 }, () => ask(session)),
            session
              .writeCustomUserData({ [`tab${tab}`]: round })
              .catch(({ code }) => lost.push(code)),
          ]),
        );
      }
      expect(lost).toEqual([]);
      expect(tabs.count('refreshSession') / 200).toBeLessThanOrEqual(most);
      const { customData } = await here.session.refreshCustomData();
      expect(customData).toMatchObject({ tab0: 199, tab1: 199 });
    }, 180_000);
  });
});
