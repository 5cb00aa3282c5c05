import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ACCOUNT_OPERATIONS,
  logIn,
  logInByEmail,
  mustLogIn,
} from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createTestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

const password = 'correct horse';
const UNKNOWN_ID = '000000000000000000000000';
const TIMEOUT = 30_000;

describeOnEveryStore('users', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const users = (...args: string[]) => runCommand(['users', ...args], provideStore().env);
  const usersAsJson = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await users(...args, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  async function someone() {
    count += 1;
    const email = `user-${count}@example.com`;
    await send(OPERATIONS.registerUser, { variables: { email, password } });
    const session = await mustLogIn(send, { emailPassword: { email, password } });
    return { email, id: session.user.id, ...session };
  }
  const reasonOf = async (query: string, options: object) =>
    (await send(query, options)).errors?.[0]?.extensions.reason;

  test(
    'disable ends every session and refuses every log-in until enable',
    async () => {
      const { accessToken: token, email, id, refreshToken } = await someone();
      const { data } = await send(ACCOUNT_OPERATIONS.createApiKey, {
        token,
        variables: { name: 'k' },
      });
      const { key } = data.createApiKey;
      expect(await usersAsJson('disable', id)).toEqual({ id, done: 'disable' });

      expect((await logInByEmail(send, email, password)).errors?.[0]?.extensions).toEqual({
        code: 'INVALID_CREDENTIALS',
        reason: 'ACCOUNT_DISABLED',
      });
      const byKey = await logIn(send, { apiKey: { key } });
      expect(byKey.errors?.[0]?.extensions).toMatchObject({ reason: 'ACCOUNT_DISABLED' });
      const wrong = await logInByEmail(send, email, 'wrong password');
      expect(wrong.errors?.[0]?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });
      const refresh = { variables: { refreshToken } };
      expect(await reasonOf(OPERATIONS.refreshSession, refresh)).toBe('SESSION_ENDED');
      expect(await reasonOf(OPERATIONS.refreshCustomData, { token })).toBe('SESSION_ENDED');
      const write = { token, variables: { data: { a: 1 } } };
      expect(await reasonOf(OPERATIONS.write, write)).toBe('SESSION_ENDED');
      expect((await usersAsJson('list', '--email', email)).users).toMatchObject([
        { id, isDisabled: true },
      ]);

      expect(await users('enable', email)).toMatchObject({
        exitCode: 0,
        stdout: `${id} enabled\n`,
      });
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
      expect((await logIn(send, { apiKey: { key } })).code).toBeUndefined();
      expect(await reasonOf(OPERATIONS.refreshSession, refresh)).toBe('SESSION_ENDED');
    },
    TIMEOUT,
  );

  test(
    'revoke-sessions ends every session and lets the user log in again',
    async () => {
      const { email, id, refreshToken } = await someone();
      expect(await usersAsJson('revoke-sessions', email)).toEqual({ id, done: 'revoke-sessions' });
      const refresh = { variables: { refreshToken } };
      expect(await reasonOf(OPERATIONS.refreshSession, refresh)).toBe('SESSION_ENDED');
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
    },
    TIMEOUT,
  );

  test(
    'delete deletes a user, and a registration that nobody has used',
    async () => {
      const { accessToken: token, email, id } = await someone();
      await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
      expect(await usersAsJson('delete', id)).toEqual({ id, done: 'delete' });
      expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
      const documents = await provideStore().openDocuments();
      expect(await documents.find({ userId: id })).toHaveLength(1);
      expect(await users('delete', id)).toMatchObject({ exitCode: 1 });

      const unused = 'unused@example.com';
      const registered = await send(OPERATIONS.registerUser, {
        variables: { email: unused, password },
      });
      const { userId } = registered.data.registerUser;
      expect(await usersAsJson('delete', userId)).toEqual({ id: userId, done: 'delete' });
      expect((await logInByEmail(send, unused, password)).code).toBe('INVALID_CREDENTIALS');
    },
    TIMEOUT,
  );

  test(
    'delete deletes the document if the configuration says so',
    async () => {
      const { accessToken: token, email, id } = await someone();
      await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
      const env = { ...provideStore().env, DELETE_CUSTOM_DATA_WITH_USER: 'true' };
      expect(await runCommand(['users', 'delete', email], env)).toMatchObject({ exitCode: 0 });
      expect(await (await provideStore().openDocuments()).find({ userId: id })).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'list shows pages, by e-mail address and by provider, as text and as JSON',
    async () => {
      const { email, id } = await someone();
      await mustLogIn(send, { anonymous: true });
      const found = await usersAsJson('list', '--email', email);
      expect(found).toEqual({
        users: [
          {
            id,
            createdAt: expect.stringMatching(/Z$/),
            isDisabled: false,
            identities: [{ id: expect.any(String), provider: 'local-userpass', data: { email } }],
          },
        ],
        next: null,
      });
      const table = await users('list', '--email', email);
      expect(table.stdout).toMatch(
        new RegExp(`^${id}  [\\dT:.-]+Z  enabled   local-userpass \\(${email}\\)\\n$`),
      );
      const all = await usersAsJson('list', '--provider', 'local-userpass');
      const ids = all.users.map((user: { id: string }) => user.id);
      expect(ids).toContain(id);
      const first = await usersAsJson('list', '--provider', 'local-userpass', '--limit', '1');
      expect(first).toMatchObject({ users: [{ id: ids[0] }], next: ids[0] });
      const after = ['--after', first.next];
      const rest = await usersAsJson('list', '--provider', 'local-userpass', ...after);
      expect([...first.users, ...rest.users]).toEqual(all.users);
      expect((await usersAsJson('list', '--provider', 'anon-user')).users).toHaveLength(1);
    },
    TIMEOUT,
  );

  test(
    'a user who is not there exits 1, a wrong argument exits 2, both print nothing',
    async () => {
      for (const action of ['disable', 'enable', 'revoke-sessions', 'delete']) {
        expect(await users(action, UNKNOWN_ID)).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: 'custom-user-data: There is no such user\n',
        });
      }
      for (const args of [
        ['list', '--limit', '0'],
        ['list', '--provider', 'facebook'],
        ['disable'],
        ['list', '--nonsense'],
      ]) {
        expect(await users(...args)).toMatchObject({ exitCode: 2, stdout: '' });
      }
    },
    TIMEOUT,
  );
});

describe('commands make no store', () => {
  const COMMANDS = [
    ['users', 'list'],
    ['data', 'get', 'a'.repeat(24)],
  ];

  test.each(COMMANDS)(
    'embedded: %s %s',
    async (...args) => {
      const directory = await createTemporaryDirectory();
      for (const DATA_DIR of [directory.path, join(directory.path, 'absent')]) {
        const { exitCode, stderr } = await runCommand(args, { DATA_DIR });
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`There is no store in DATA_DIR "${DATA_DIR}"`);
      }
      expect(await readdir(directory.path)).toEqual([]);
      await directory.remove();
    },
    TIMEOUT,
  );

  describeOnMongo('MongoDB', (uri) => {
    test.each(COMMANDS)(
      '%s %s',
      async (...args) => {
        const database = await createTestDatabase(uri, 'commands');
        const { exitCode, stderr } = await runCommand(args, { MONGODB_URI: database.uri });
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`There is no store in the database "${database.name}"`);
        const collections = await database.client.db(database.name).listCollections().toArray();
        expect(collections).toEqual([]);
        await database.remove();
      },
      TIMEOUT,
    );
  });
});

test(
  'users --help lists the commands, and a store that cannot be reached exits 1',
  async () => {
    const help = await runCommand(['users', '--help'], {});
    expect(help.exitCode).toBe(0);
    for (const command of ['list', 'disable', 'enable', 'revoke-sessions', 'delete']) {
      expect(help.stdout).toContain(command);
    }
    const MONGODB_URI = 'mongodb://127.0.0.1:1/';
    const unreachable = await runCommand(['users', 'list'], { MONGODB_URI });
    expect(unreachable).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unreachable.stderr).toContain('The store cannot be reached');
  },
  TIMEOUT,
);
