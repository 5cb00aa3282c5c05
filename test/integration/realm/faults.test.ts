import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCoreClient, logInCore, type SendCore } from '../../support/core-client.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { startTcpProxy, type TcpProxy } from '../../support/mongodb/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

describe('a fault of the gateway', () => {
  let isBroken = false;
  let gateway: TestGateway;
  let send: SendCore;
  let removeData: () => Promise<void>;

  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeData = directory.remove;
    gateway = await startGateway(
      { DATA_DIR: directory.path },
      {
        onStoreOperation: () => {
          if (isBroken) throw new Error('the secret of the store');
        },
      },
    );
    send = createCoreClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await removeData();
  });

  test('is masked, and its id is in the log with that of the request', async () => {
    const { refresh_token: token } = await logInCore(send);
    isBroken = true;
    const answer = await send('POST', '/auth/session', { token });
    isBroken = false;
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({
      error: expect.stringMatching(/^Internal server error \([0-9a-f-]{36}\)$/),
      error_code: 'InternalServerError',
      link: expect.stringContaining('/logs?co_id='),
    });
    const errorId = /\((.*)\)/.exec(answer.json.error)?.[1];
    const requestId = new URL(answer.json.link).searchParams.get('co_id');
    const line = gateway
      .logText()
      .split('\n')
      .find((text) => text.includes(`"${errorId}"`));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      reqId: requestId,
      err: { message: 'the secret of the store' },
    });
    expect((await send('POST', '/auth/session', { token })).status).toBe(201);
  });
});

describeOnMongo('while the database is away', (uri) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;

  beforeAll(async () => {
    database = await createTestDatabase(uri, 'realm-outage');
    proxy = await startTcpProxy(database.uri);
    gateway = await startGateway({ MONGODB_URI: proxy.uri, CUSTOM_DATA_DATABASE: database.name });
  });
  afterAll(async () => {
    await gateway.stop();
    await proxy.close();
    await database.remove();
  });

  test('realm-web gets 503, keeps its tokens, and goes on afterwards', async () => {
    const client = createRealmClient(gateway.url);
    const user = await client.app.logIn(Credentials.anonymous());
    client.takeRequests();
    proxy.down();
    const attempts = [
      user.refreshCustomData(),
      user.callFunction('writeCustomUserData', { a: 1 }),
      user.refreshProfile(),
      user.apiKeys.fetchAll(),
    ];
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt).toMatchObject({
        status: 'rejected',
        reason: { statusCode: 503, errorCode: 'InternalServerError' },
      });
    }
    expect(client.takeRequests()).toHaveLength(attempts.length);
    expect(user.isLoggedIn).toBe(true);

    proxy.up();
    // Each question waits for its own answer.
    while (!(await fetch(`${gateway.url}/health/ready`)).ok);
    await user.callFunction('writeCustomUserData', { a: 1 });
    expect(await user.refreshCustomData()).toMatchObject({ a: { $numberInt: '1' } });
  }, 30_000);
});
