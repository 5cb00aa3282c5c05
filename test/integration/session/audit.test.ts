/** What the audit log has of what people and operators do, and what it never has. */
import { expect, test } from '@jest/globals';
import { useAccountGateway } from '../../support/account-gateway.ts';
import { logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import type { TestEnv } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';

type Entry = Readonly<Record<string, unknown>>;
const PASSWORD = 'correct horse';
const OTHER = 'battery staple';
const TIMEOUT = 60_000;

/** What `custom-user-data audit` prints. */
async function readAudit(env: TestEnv, ...args: string[]) {
  const { exitCode, stderr, stdout } = await runCommand(['audit', '--json', ...args], env);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

describeOnEveryStore('AUDIT_LOG=store', (provideStore) => {
  const accounts = useAccountGateway(provideStore, { AUDIT_LOG: 'store' });
  const { anonymous, askForReset, confirm, createApiKey, link, register, resetWith, send } =
    accounts;
  /** Everything about the user, once an entry of the type is the last. */
  async function entriesOf(userId: string, last: string): Promise<Entry[]> {
    for (;;) {
      const entries = await readAudit(provideStore().env, '--user', userId);
      if (entries.at(-1)?.type === last) return entries;
    }
  }
  const typesOf = (entries: readonly Entry[]) => entries.map(({ type }) => type);

  test(
    'has the life of a user of an e-mail address, each entry with session, address and request',
    async () => {
      const email = 'ann@example.com';
      const { data } = await register(email, PASSWORD);
      await confirm(email);
      expect((await logInByEmail(send, email, OTHER)).code).toBe('INVALID_CREDENTIALS');
      const { accessToken, user } = await mustLogIn(send, {
        emailPassword: { email, password: PASSWORD },
      });
      expect(data.registerUser.userId).toBe(user.id);
      expect((await logInByEmail(send, email, OTHER)).code).toBe('INVALID_CREDENTIALS');
      const { id: keyId, key } = await createApiKey(accessToken, 'first');
      await mustLogIn(send, { apiKey: { key } });
      await mustLogIn(send, { apiKey: { key } });
      await link(accessToken, { function: { payload: { id: 'ann elsewhere' } } });
      await resetWith(await askForReset(email), OTHER);

      const entries = await entriesOf(user.id, 'ACCOUNT_PURGED');
      expect(typesOf(entries)).toEqual([
        'REGISTERED',
        'LOGGED_IN',
        'LOG_IN_REFUSED',
        'API_KEY_CREATED',
        'LOGGED_IN',
        'API_KEY_FIRST_USED',
        'LOGGED_IN',
        'IDENTITY_LINKED',
        'RESET_REQUESTED',
        'SESSIONS_ENDED',
        'PASSWORD_RESET',
        'ACCOUNT_PURGED',
      ]);
      const sid = JSON.parse(
        Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
      ).sid;
      for (const entry of entries) {
        expect(entry).toMatchObject({
          userId: user.id,
          actor: 'CLIENT',
          address: '127.0.0.1',
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          at: expect.stringMatching(/^\d{4}-.*Z$/),
        });
      }
      const [, loggedIn, refused, created, , used, , linked, , ended, , purged] = entries;
      expect(loggedIn).toMatchObject({ provider: 'email-password', sessionId: sid });
      expect(refused).toMatchObject({ provider: 'email-password', reason: 'INVALID_CREDENTIALS' });
      expect([created, used]).toMatchObject([{ keyId, sessionId: sid }, { keyId }]);
      expect(linked).toMatchObject({ provider: 'custom-function', sessionId: sid });
      expect(ended).toMatchObject({ reason: 'PASSWORD_RESET', sessions: 3 });
      expect(purged).toMatchObject({ apiKeys: 1, providers: ['custom-function'] });
    },
    TIMEOUT,
  );

  test(
    'tells an address that no account has by a hash, the same for every spelling, and never itself',
    async () => {
      for (const email of ['nobody@example.com', 'Nobody@Example.com', 'someone@example.com']) {
        await logInByEmail(send, email, PASSWORD);
      }
      const marker = await anonymous();
      await entriesOf(marker.user.id, 'LOGGED_IN');
      const entries = await readAudit(provideStore().env);
      const hashes = entries.flatMap(({ emailHash, userId }) => {
        if (emailHash === undefined) return [];
        expect(userId).toBeUndefined();
        return [emailHash];
      });
      // Ann had none yet when her password was wrong the first time.
      const own = hashes.slice(-3);
      expect(own[0]).toMatch(/^[\w-]{22}$/);
      expect(own[1]).toBe(own[0]);
      expect(own[2]).not.toBe(own[0]);
      const text = JSON.stringify(entries);
      for (const secret of ['nobody@', 'Nobody@', 'someone@', PASSWORD, OTHER, 'eyJ']) {
        expect(text).not.toContain(secret);
      }
    },
    TIMEOUT,
  );

  test(
    'tells why a session ended: by log-out, by a token that was used again',
    async () => {
      const first = await anonymous();
      await send('mutation { logOut }', { token: first.accessToken });
      await send('mutation { logOut }', { token: first.accessToken });
      expect(await entriesOf(first.user.id, 'SESSION_ENDED')).toMatchObject([
        { type: 'LOGGED_IN', provider: 'anonymous' },
        { type: 'SESSION_ENDED', reason: 'LOGGED_OUT' },
      ]);

      const second = await anonymous();
      const refresh = (refreshToken: string) =>
        send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      const { data } = await refresh(second.refreshToken);
      const next = await refresh(data.refreshSession.refreshToken);
      expect(next.code).toBeUndefined();
      const sessions = await provideStore().openState('sessions');
      await sessions.updateOne({ userId: second.user.id }, { $set: { traded: [] } });
      expect((await refresh(second.refreshToken)).code).toBe('UNAUTHENTICATED');
      // Refreshing itself is none of its business.
      expect(await entriesOf(second.user.id, 'SESSION_ENDED')).toMatchObject([
        { type: 'LOGGED_IN' },
        { type: 'TOKEN_REUSED' },
        { type: 'SESSION_ENDED', reason: 'TOKEN_REUSED' },
      ]);
    },
    TIMEOUT,
  );

  test(
    'has what an operator does, as the operator: users and documents, paths and never values',
    async () => {
      const { user } = await anonymous();
      const env = { ...provideStore().env, AUDIT_LOG: 'store' };
      const run = async (...args: string[]) =>
        expect(await runCommand(args, env)).toMatchObject({ exitCode: 0, stderr: '' });
      await entriesOf(user.id, 'LOGGED_IN');
      await run('data', 'write', user.id, '{"plan":"a secret plan","deep":{"in":1}}');
      await run('data', 'write', user.id, '{"plan":"another"}');
      await run('data', 'delete', user.id);
      await run('users', 'disable', user.id);
      await run('users', 'revoke-sessions', user.id);
      await run('users', 'delete', user.id);
      const [loggedIn, ...entries] = await readAudit(env, '--user', user.id);
      expect(loggedIn).toMatchObject({ type: 'LOGGED_IN', actor: 'CLIENT' });
      expect(entries).toMatchObject([
        { type: 'DOCUMENT_CHANGED', paths: expect.arrayContaining(['/plan', '/deep']) },
        { type: 'DOCUMENT_CHANGED', paths: ['/plan'] },
        { type: 'DOCUMENT_CHANGED', paths: expect.arrayContaining(['/plan']) },
        { type: 'USER_DISABLED' },
        { type: 'SESSIONS_ENDED', reason: 'USER_DISABLED', sessions: 1 },
        { type: 'USER_DELETED' },
      ]);
      for (const entry of entries) {
        expect(entry).toMatchObject({ actor: 'OPERATOR' });
        expect(entry).not.toHaveProperty('address');
      }
      expect(JSON.stringify(entries)).not.toContain('secret plan');
    },
    TIMEOUT,
  );

  test(
    '--since leaves out what was before, and an entry says in the store when it expires',
    async () => {
      const { user } = await anonymous();
      await entriesOf(user.id, 'LOGGED_IN');
      const { env, readAll } = provideStore();
      const own = await readAudit(env, '--user', user.id, '--since', '10m');
      expect(own.length).toBeGreaterThan(0);
      const later = new Date(Date.parse(String(own.at(-1)?.at)) + 1).toISOString();
      expect(await readAudit(env, '--user', user.id, '--since', later)).toEqual([]);
      const stored = await readAll('audit');
      for (const { at, expiresAt } of stored) {
        expect((expiresAt as Date).getTime() - (at as Date).getTime()).toBe(90 * 86_400_000);
      }
      const { stdout } = await runCommand(['audit', '--user', user.id], env);
      expect(stdout.split('\n')[0]).toMatch(
        /^\d{4}-[^ ]+Z LOGGED_IN CLIENT provider=anonymous userId=[0-9a-f]{24} sessionId=\S+ address=127\.0\.0\.1 requestId=\S+$/,
      );
      expect(await runCommand(['audit', '--since', 'yesterday'], env)).toMatchObject({
        exitCode: 2,
      });
      expect(await runCommand(['audit', '--user', 'x@y.example'], env)).toMatchObject({
        exitCode: 2,
      });
    },
    TIMEOUT,
  );
});

const SCHEMA = {
  type: 'object',
  properties: {
    role: { type: 'string', readOnly: true },
    secret: { type: 'string', writeOnly: true },
    address: {
      type: 'object',
      properties: { city: { type: 'string' }, verified: { type: 'boolean', readOnly: true } },
    },
  },
};

describeOnEveryStore('fields that the schema keeps from users', (provideStore) => {
  const { env, gateway, send } = useSchemaGateway(provideStore, SCHEMA, { AUDIT_LOG: 'store' });

  test(
    'are in the audit log by path, whoever changes them, and no others are',
    async () => {
      const { accessToken: token, user } = await logInAnonymously(send);
      const write = (data: object) => send(OPERATIONS.write, { token, variables: { data } });
      await write({ address: { city: 'Berlin' } });
      await write({ secret: 'a secret of mine' });
      const change = JSON.stringify({ role: 'admin', address: { city: 'Rome', verified: true } });
      await runCommand(['data', 'write', user.id, change], env());
      await send('mutation { deleteCustomUserData { user { id } } }', { token });
      await gateway().stop();
      const entries = await readAudit(provideStore().env, '--user', user.id);
      const changes = entries.filter(({ type }) => type === 'PROTECTED_FIELDS_CHANGED');
      // In the order of their time, whichever process wrote its entries first.
      expect(changes.map(({ actor, paths }) => [actor, paths])).toEqual([
        ['CLIENT', ['/secret']],
        ['OPERATOR', ['/role', '/address/verified']],
        ['CLIENT', ['/role', '/secret', '/address/verified']],
      ]);
      expect(JSON.stringify(entries)).not.toContain('a secret of mine');
    },
    TIMEOUT,
  );
});
