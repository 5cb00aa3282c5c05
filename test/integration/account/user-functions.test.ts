import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../src/bson.ts';
import { logIn, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { createFakeFunctions, type FakeFunction } from '../../support/fake-functions.ts';
import { useFunctionGateway } from '../../support/function-gateway.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const password = 'correct horse';

describeOnEveryStore('a function', (provideStore) => {
  const { behaviour, callsOf, newEmail, send } = useFunctionGateway(provideStore);
  const register = (email: string) =>
    send(OPERATIONS.registerUser, { variables: { email, password } });

  describe('that logs in', () => {
    const logInWith = (payload: unknown) => logIn(send, { function: { payload } });

    test('gets the payload with its BSON types and says who it is', async () => {
      behaviour.auth = (({ name }: { name: string }) => ({
        id: `id of ${name}`,
        name,
      })) as FakeFunction;
      const first = await logInWith({ name: 'Ada', n: { $numberInt: '1' } });
      expect(callsOf('auth').at(-1)?.args).toEqual([{ name: 'Ada', n: new Int32(1) }]);
      behaviour.auth = () => 'id of Ada';
      expect((await logInWith({})).data.logIn.user.id).toBe(first.data.logIn.user.id);
      behaviour.auth = () => 'id of Grace';
      expect((await logInWith({})).data.logIn.user.id).not.toBe(first.data.logIn.user.id);
    });

    test.each([
      ['nothing', undefined],
      ['null', null],
      ['an empty id', ''],
      ['a number', 7],
      ['an id that is no string', { id: 7 }],
      ['no id', { name: 'Ada' }],
      ['a list', ['id']],
      ['an id that is too long', 'x'.repeat(256)],
    ])('that returns %s refuses the log-in', async (_what, result) => {
      behaviour.auth = () => result;
      expect((await logInWith({})).code).toBe('INVALID_CREDENTIALS');
    });

    test('that throws refuses the log-in with its message', async () => {
      behaviour.auth = () => {
        throw new Error('the bouncer says no');
      };
      const answer = await logInWith({});
      expect(answer).toMatchObject({ code: 'INVALID_CREDENTIALS', status: 401 });
      expect(answer.errors?.[0]?.message).toBe('the bouncer says no');
    });

    test('is not called with malformed Extended JSON', async () => {
      const before = callsOf('auth').length;
      expect((await logInWith({ n: { $numberInt: 'x' } })).code).toBe('BAD_USER_INPUT');
      expect(callsOf('auth')).toHaveLength(before);
    });
  });

  describe('that runs before an account exists', () => {
    const writeDocument = async (id: string, document: Record<string, unknown>) => {
      const documents = await provideStore().openDocuments();
      await documents.updateOne({ userId: id }, { $set: document }, { upsert: true });
    };
    const documentsOf = async (userId: string) =>
      (await provideStore().openDocuments()).find({ userId });

    test.each([
      ['anonymous', { anonymous: true }, 'anon-user', /^[0-9a-f]{24}$/],
      ['function', { function: { payload: {} } }, 'custom-function', /^created$/],
    ])('writes what is in the first token: %s', async (_what, credentials, provider, id) => {
      behaviour.auth = () => 'created';
      behaviour.created = (async ({ id }: { id: string }) => {
        await writeDocument(id, { welcome: true });
      }) as FakeFunction;
      const { user } = await mustLogIn(send, credentials);
      expect(user.customData).toMatchObject({ userId: user.id, welcome: true });
      expect(callsOf('created').at(-1)?.args).toEqual([
        {
          id: user.id,
          type: 'normal',
          data: {},
          custom_data: {},
          identities: [{ id: expect.stringMatching(id), provider_type: provider, data: {} }],
        },
      ]);
    });

    test('runs at the registration of an e-mail address, and not again at the first log-in', async () => {
      behaviour.created = (async ({ id, data }: { id: string; data: Record<string, unknown> }) => {
        await writeDocument(id, data);
      }) as FakeFunction;
      const email = newEmail();
      const { userId } = (await register(email)).data.registerUser;
      const before = callsOf('created').length;
      const { user } = await mustLogIn(send, { emailPassword: { email, password } });
      expect(user).toMatchObject({ id: userId, customData: { userId, email } });
      expect(callsOf('created')).toHaveLength(before);
    });

    test('makes no account if it throws: the log-in or the registration fails', async () => {
      behaviour.auth = () => 'never made';
      behaviour.created = () => {
        throw new Error('the list is full');
      };
      const email = newEmail();
      const answers = [
        await logIn(send, { anonymous: true }),
        await logIn(send, { function: { payload: {} } }),
        await register(email),
      ];
      for (const { code, errors } of answers) {
        expect(code).toBe('FUNCTION_FAILED');
        expect(errors?.[0]?.message).toBe('the list is full');
      }
      expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
      behaviour.created = () => undefined;
      expect((await register(email)).code).toBeUndefined();
    });

    test('leaves no document behind for users who were not made', async () => {
      const shown: string[] = [];
      behaviour.auth = () => 'many at once';
      behaviour.created = (async ({ id }: { id: string }) => {
        shown.push(id);
        await writeDocument(id, { welcome: true });
      }) as FakeFunction;
      const sessions = await Promise.all(
        Array.from({ length: 6 }, () => mustLogIn(send, { function: { payload: {} } })),
      );
      const ids = new Set(sessions.map(({ user }) => user.id));
      expect(ids.size).toBe(1);
      const email = newEmail();
      await Promise.all(Array.from({ length: 6 }, () => register(email)));
      const { user } = await mustLogIn(send, { emailPassword: { email, password } });
      for (const id of shown) {
        const isUsed = ids.has(id) || id === user.id;
        expect(await documentsOf(id)).toHaveLength(isUsed ? 1 : 0);
      }
    });
  });
});

describe('functions that are not there', () => {
  const start = async (env: Record<string, string>, names: readonly string[] = []) => {
    const functions = createFakeFunctions(
      Object.fromEntries(names.map((name) => [name, () => undefined])),
    );
    const gateway = await startGateway(
      { FUNCTIONS_DIR: 'functions', ...env },
      { openFunctions: functions.open },
    );
    const { code } = await logIn(createGraphQLClient(gateway.url), { function: { payload: {} } });
    await gateway.stop();
    return { code, log: gateway.logText() };
  };
  let dataDir: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ path: dataDir, remove } = await createTemporaryDirectory());
  });
  afterAll(() => remove());

  test('leave the provider off unless PROVIDERS names it, and say so in the log', async () => {
    const { code, log } = await start({ DATA_DIR: dataDir });
    expect(code).toBe('BAD_USER_INPUT');
    expect(log).toContain('the provider custom-function is off');
    expect((await start({ DATA_DIR: dataDir }, ['authFunction'])).code).toBe('INVALID_CREDENTIALS');
  });

  test('stop the start if they are named, all of them in one message', async () => {
    const starting = start({
      DATA_DIR: dataDir,
      PROVIDERS: 'email-password,custom-function',
      EMAIL_CONFIRMATION: 'function',
      EMAIL_CONFIRMATION_FUNCTION: 'confirmUser',
      PASSWORD_RESET: 'function',
      PASSWORD_RESET_FUNCTION: 'resetUser',
      ON_USER_CREATION_FUNCTION: 'userCreated',
    });
    await expect(starting).rejects.toThrow(
      'There is no function "authFunction", "confirmUser", "resetUser", "userCreated"',
    );
  });
});
