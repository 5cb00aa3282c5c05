import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
} from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';

const TIMEOUT = 120_000;
const password = 'correct horse';
const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';

async function run(env: TestEnv, ...args: string[]) {
  const { exitCode, stdout, stderr } = await runCommand([...args, '--json'], env);
  // How far it is may be on standard error.
  expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 });
  return JSON.parse(stdout);
}

async function rowsOf(directory: string, name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(directory, `${name}.ndjson`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Rows as an export writes them, all different. */
const hexId = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((b) => Buffer.from(b).toString('hex'));
const time = fc
  .date({ min: new Date(0), max: new Date(2 ** 41), noInvalidDate: true })
  .map((at) => at.toISOString());
const other = fc.record({
  id: hexId,
  provider: fc.constantFrom('custom-function', 'oauth2-google', 'oauth2-apple', 'anon-user'),
  externalId: fc.string({ minLength: 8, maxLength: 50 }),
  data: fc.record({ name: fc.string(), nested: fc.record({ flag: fc.boolean() }) }),
  createdAt: time,
});
const email = fc
  .record({
    id: hexId,
    provider: fc.constant('local-userpass'),
    externalId: hexId.map((name) => `${name}@example.com`),
    createdAt: time,
  })
  .map((identity) => ({ ...identity, data: { email: identity.externalId } }));
const apiKey = fc.record({
  id: hexId,
  name: hexId,
  isDisabled: fc.boolean(),
  createdAt: time,
  hash: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((b) => Buffer.from(b).toString('base64url')),
});
const common = { id: hexId, createdAt: time };
const withPassword = {
  isConfirmed: fc.boolean(),
  isPasswordProven: fc.boolean(),
  passwordHash: fc.constant(BCRYPT),
};
const account = {
  ...common,
  isDisabled: fc.boolean(),
  apiKeys: fc.array(apiKey, { minLength: 1, maxLength: 3 }),
};
const userRow = fc.oneof(
  fc.record({ ...account, identities: fc.array(other, { minLength: 1, maxLength: 4 }) }),
  fc.record({ ...account, ...withPassword, identities: fc.tuple(email, other) }),
  fc.record({ ...account, identities: fc.tuple(email) }),
  fc
    .record({ ...common, ...withPassword, isRegistrationOnly: fc.constant(true), identity: email })
    .map(({ identity, ...row }) => ({
      ...row,
      identities: [{ ...identity, createdAt: row.createdAt }],
    })),
);

const byId = (rows: readonly Record<string, unknown>[]) =>
  [...rows].map(normal).sort((a, b) => String(a.id).localeCompare(String(b.id)));
/** What an export leaves out is what it is by default; keys come in the order of their ids. */
function normal(row: Record<string, unknown>): Record<string, unknown> {
  const { apiKeys = [], isDisabled = false, ...rest } = row;
  const keys = [...(apiKeys as { id: string }[])].sort((a, b) => (a.id < b.id ? -1 : 1));
  const identities = (row.identities as Record<string, unknown>[]).map((each) =>
    each.provider === 'local-userpass' ? { ...each, data: { email: each.externalId } } : each,
  );
  return { ...rest, isDisabled, identities, apiKeys: keys };
}

describeOnEveryStore('export', (provideStore) => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let target: TestGateway;
  let source: TestGateway;
  let sourceEnv: TestEnv;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    sourceEnv = { DATA_DIR: join(directory.path, 'source') };
    source = await startGateway(sourceEnv);
    target = await startGateway(provideStore().env);
  });
  afterAll(async () => {
    await source.stop();
    await target.stop();
    await directory.remove();
  });

  test(
    'takes a user with password, API key and document from an embedded store to another store',
    async () => {
      const there = createGraphQLClient(source.url);
      const address = `ada-${new ObjectId().toHexString()}@example.com`;
      await there(OPERATIONS.registerUser, { variables: { email: address, password } });
      const session = await mustLogIn(there, { emailPassword: { email: address, password } });
      const token = session.accessToken;
      const made = await there(ACCOUNT_OPERATIONS.createApiKey, {
        token,
        variables: { name: 'k' },
      });
      await there(
        'mutation { writeCustomUserData(newCustomUserData: {color: "blue", n: 7}) { customData } }',
        { token },
      );
      const unused = `bob-${new ObjectId().toHexString()}@example.com`;
      await there(OPERATIONS.registerUser, { variables: { email: unused, password } });

      const out = join(directory.path, 'with-secrets');
      expect(await run(sourceEnv, 'export', out, '--with-secrets')).toMatchObject({
        ...{ users: 2, documents: 1 },
      });
      for (const name of ['users.ndjson', 'documents.ndjson', 'manifest.json']) {
        expect((await stat(join(out, name))).mode & 0o777).toBe(0o600);
      }
      const { env } = provideStore();
      await run(env, 'import', 'users', join(out, 'users.ndjson'));
      await run(env, 'import', 'documents', join(out, 'documents.ndjson'));

      const here = createGraphQLClient(target.url);
      const again = await mustLogIn(here, { emailPassword: { email: address, password } });
      expect(again.user.id).toBe(session.user.id);
      const { key } = made.data.createApiKey;
      expect((await mustLogIn(here, { apiKey: { key } })).user.id).toBe(session.user.id);
      const { data } = await here('{ me { customData } }', { token: again.accessToken });
      expect(data.me.customData).toMatchObject({ color: 'blue', n: 7 });
      await mustLogIn(here, { emailPassword: { email: unused, password } });
    },
    TIMEOUT,
  );

  test(
    'without --with-secrets has no hash, and its users reset their password',
    async () => {
      const there = createGraphQLClient(source.url);
      const address = `eve-${new ObjectId().toHexString()}@example.com`;
      await there(OPERATIONS.registerUser, { variables: { email: address, password } });
      const { accessToken: token } = await mustLogIn(there, {
        emailPassword: { email: address, password },
      });
      await there(ACCOUNT_OPERATIONS.createApiKey, { token, variables: { name: 'k' } });
      const out = join(directory.path, 'without-secrets');
      await run(sourceEnv, 'export', out);
      const text = await readFile(join(out, 'users.ndjson'), 'utf8');
      expect(text).toContain(address);
      expect(text).not.toMatch(/passwordHash|argon2|apiKeys/);
      const eve = (await rowsOf(out, 'users')).filter((row) =>
        JSON.stringify(row).includes(address),
      );
      const file = join(directory.path, 'eve.ndjson');
      await writeFile(file, `${JSON.stringify(eve[0])}\n`);
      await run(provideStore().env, 'import', 'users', file);
      const here = createGraphQLClient(target.url);
      expect((await logInByEmail(here, address, password)).code).toBe('INVALID_CREDENTIALS');
    },
    TIMEOUT,
  );

  test(
    'of whatever was imported has the same users again',
    async () => {
      const rows = fc.sample(userRow, { numRuns: 300, seed: 20_261_129 });
      const file = join(directory.path, 'random.ndjson');
      await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const { env } = provideStore();
      expect(await run(env, 'import', 'users', file)).toMatchObject({ imported: rows.length });
      const out = join(directory.path, 'again');
      await run(env, 'export', out, '--with-secrets');
      const ids = new Set(rows.map(({ id }) => id));
      const found = (await rowsOf(out, 'users')).filter(({ id }) => ids.has(String(id)));
      expect(byId(found)).toEqual(byId(rows));
    },
    TIMEOUT,
  );

  test(
    'into a directory that is not empty is refused',
    async () => {
      const out = join(directory.path, 'full');
      await mkdir(out);
      await writeFile(join(out, 'users.ndjson'), 'mine');
      const { exitCode, stderr } = await runCommand(['export', out], provideStore().env);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('is not empty');
      expect(await readFile(join(out, 'users.ndjson'), 'utf8')).toBe('mine');
    },
    TIMEOUT,
  );
});
