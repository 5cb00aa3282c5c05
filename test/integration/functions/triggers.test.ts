/** Triggers of an exported app: what they are told, and when they run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import { createFakeFunctions } from '../../support/fake-functions.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createInbox } from '../../support/inbox.ts';
import { createTrigger, exportTrigger } from '../../support/triggers.ts';
import { until } from '../../support/until.ts';

const TIMEOUT = 60_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const PASSWORD = 'correct horse battery';
const EMAIL_AND_ANONYMOUS = ['local-userpass', 'anon-user'];

const TRIGGERS = [
  createTrigger({ name: 'onCreate', operation: 'CREATE', providers: EMAIL_AND_ANONYMOUS }),
  createTrigger({ name: 'onLogIn', providers: ['local-userpass', 'api-key'] }),
  createTrigger({ name: 'onDelete', operation: 'DELETE', providers: ['local-userpass'] }),
].map((trigger) => ({ ...trigger, functionName: 'trigger' }));

const APP = {
  'root_config.json': {},
  ...Object.fromEntries(
    TRIGGERS.map((trigger) => [`triggers/${trigger.name}.json`, exportTrigger(trigger)]),
  ),
  'triggers/off.json': exportTrigger(
    createTrigger({ name: 'off', functionName: 'trigger', providers: ['local-userpass'] }),
    true,
  ),
};

interface ToldEvent {
  readonly operationType: string;
  readonly providers: readonly string[];
  readonly user: {
    readonly id: string;
    readonly type: string;
    readonly data: object;
    readonly custom_data: object;
    readonly identities: readonly object[];
  };
  readonly time: Date;
}

let app: AppDirectory;
beforeAll(async () => {
  app = await writeApp(APP);
});
afterAll(() => app.remove());

describeOnEveryStore('triggers', (provideStore) => {
  let ahead = 0;
  /** What the function does with an event. */
  let run: (event: ToldEvent) => unknown;
  let told = createInbox<ToldEvent>();
  const functions = createFakeFunctions({
    trigger: ((event: ToldEvent) => {
      told.put(event);
      return run(event);
    }) as never,
  });
  const gateways: TestGateway[] = [];
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;

  const start = async (env: TestEnv = {}, pollMilliseconds = 20) => {
    const started = await startGateway(
      {
        ...provideStore().env,
        FUNCTIONS_DIR: app.path,
        DELETE_CUSTOM_DATA_WITH_USER: 'true',
        ...env,
      },
      { now: () => Date.now() + ahead, openFunctions: functions.open, pollMilliseconds },
    );
    gateways.push(started);
    return started;
  };
  beforeEach(async () => {
    run = () => undefined;
    told = createInbox();
    gateway = await start();
    send = createGraphQLClient(gateway.url);
  });
  afterEach(async () => {
    await expectNothingLeft();
    for (const each of gateways.splice(0)) await each.stop();
  });

  const register = async () => {
    count += 1;
    const email = `user-${count}@example.com`;
    const variables = { email, password: PASSWORD };
    expect((await send(OPERATIONS.registerUser, { variables })).code).toBeUndefined();
    return email;
  };
  const logIn = (email: string) =>
    mustLogIn(send, { emailPassword: { email, password: PASSWORD } });
  /** A user of whose first log-in everything was told. */
  const begin = async () => {
    const email = await register();
    const session = await logIn(email);
    await told.take(2);
    return { email, ...session };
  };
  const readNoted = () => provideStore().readAll('trigger-events');
  const expectNothingLeft = () => until(async () => (await readNoted()).length === 0);

  describe('CREATE and LOGIN', () => {
    test('are told of the first log-in, not of the registration', async () => {
      const before = Date.now() + ahead;
      const email = await register();
      expect(told.size()).toBe(0);
      const { user } = await logIn(email);
      const events = (await told.take(2)).sort((left, right) =>
        left.operationType < right.operationType ? -1 : 1,
      );
      const identity = { id: expect.any(String), provider_type: 'local-userpass', data: { email } };
      const facts = {
        providers: ['local-userpass'],
        user: {
          id: user.id,
          type: 'normal',
          data: { email },
          custom_data: {},
          identities: [identity],
        },
        time: expect.any(Date),
      };
      expect(events).toEqual([
        { operationType: 'CREATE', ...facts },
        { operationType: 'LOGIN', ...facts },
      ]);
      expect(events[0]?.time.getTime()).toBeGreaterThanOrEqual(before);
    });

    test('LOGIN alone is told of a later one, with the document of the moment', async () => {
      const { accessToken, email } = await begin();
      const variables = { data: { plan: 'pro' } };
      await send(OPERATIONS.write, { token: accessToken, variables });
      await logIn(email);
      expect(await told.take(1)).toMatchObject([
        { operationType: 'LOGIN', user: { custom_data: { plan: 'pro' } } },
      ]);
      expect(told.size()).toBe(0);
    });

    test('are told of the providers that the trigger names alone', async () => {
      await mustLogIn(send, { anonymous: true });
      expect(await told.take(1)).toMatchObject([
        { operationType: 'CREATE', providers: ['anon-user'] },
      ]);
      const { accessToken, user } = await begin();
      const created = await send(ACCOUNT_OPERATIONS.createApiKey, {
        token: accessToken,
        variables: { name: 'device' },
      });
      await mustLogIn(send, { apiKey: { key: created.data.createApiKey.key } });
      expect(await told.take(1)).toMatchObject([
        { operationType: 'LOGIN', providers: ['api-key'], user: { id: user.id } },
      ]);
    });

    test('LOGIN is told of the log-in of an App Services client', async () => {
      const { email, user } = await begin();
      const path = '/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/login';
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: email, password: PASSWORD }),
      });
      expect(response.status).toBe(200);
      expect(await told.take(1)).toMatchObject([
        { operationType: 'LOGIN', providers: ['local-userpass'], user: { id: user.id } },
      ]);
    });

    test('are not told of a log-in that is refused', async () => {
      const { email } = await begin();
      await expectNothingLeft();
      expect((await logInByEmail(send, email, 'wrong password')).code).toBe('INVALID_CREDENTIALS');
      expect(await readNoted()).toEqual([]);
      expect(told.size()).toBe(0);
    });
  });

  test('DELETE is told of the user as they were, with all their providers', async () => {
    const { accessToken: token, email, user } = await begin();
    const variables = { data: { plan: 'pro' } };
    await send(OPERATIONS.write, { token, variables });
    expect((await send(ACCOUNT_OPERATIONS.deleteUser, { token })).data).toEqual({
      deleteUser: true,
    });
    expect(await told.take(1)).toEqual([
      {
        operationType: 'DELETE',
        providers: ['local-userpass'],
        user: {
          id: user.id,
          type: 'normal',
          data: { email },
          custom_data: expect.objectContaining({ plan: 'pro', userId: user.id }),
          identities: [expect.objectContaining({ provider_type: 'local-userpass' })],
        },
        time: expect.any(Date),
      },
    ]);
  });

  test('a log-in does not wait for what it triggers', async () => {
    const running: (() => void)[] = [];
    const email = await register();
    run = () => new Promise<void>((resolve) => running.push(resolve));
    await logIn(email);
    await told.take(2);
    expect(await readNoted()).toHaveLength(2);
    for (const finish of running) finish();
  });

  test('a function that fails is tried five times, then a line at error says that the event is lost', async () => {
    const { email, user } = await begin();
    run = () => {
      throw new Error('no luck');
    };
    await logIn(email);
    await told.take(1);
    for (const pause of [10 * SECOND, MINUTE, 10 * MINUTE, 60 * MINUTE]) {
      await until(
        async () => Number((await readNoted())[0]?.dueAt) > Date.now() + ahead + pause - SECOND,
      );
      expect(told.size()).toBe(0);
      ahead += pause;
      await told.take(1);
    }
    await expectNothingLeft();
    const errors = gateway
      .logText()
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    expect(errors.map((line) => JSON.parse(line))).toMatchObject([
      { trigger: 'onLogIn', userId: user.id, tries: 5 },
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('trigger_runs_total{trigger="onLogIn",result="failed"} 4');
    expect(metrics).toContain('trigger_runs_total{trigger="onLogIn",result="given_up"} 1');
  });

  test(
    'of two gateways on one store one runs each event',
    async () => {
      const second = await start();
      const { email } = await begin();
      for (let times = 0; times < 10; times += 1) await logIn(email);
      const events = await told.take(10);
      await expectNothingLeft();
      expect(told.size()).toBe(0);
      expect(events.every(({ operationType }) => operationType === 'LOGIN')).toBe(true);
      await second.stop();
    },
    TIMEOUT,
  );

  test(
    'a command that deletes a user notes it for the gateways',
    async () => {
      const { user } = await begin();
      const env = { ...provideStore().env, FUNCTIONS_DIR: app.path };
      const { exitCode } = await runCommand(['users', 'delete', user.id], env);
      expect(exitCode).toBe(0);
      // The lease of the command is over.
      ahead += MINUTE;
      expect(await told.take(1)).toMatchObject([
        { operationType: 'DELETE', user: { id: user.id } },
      ]);
    },
    TIMEOUT,
  );
});
