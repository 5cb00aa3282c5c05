import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import { readExported } from '../../support/exported-rows.ts';
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
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

async function run(env: TestEnv, ...args: string[]) {
  const { exitCode, stdout, stderr } = await runCommand([...args, '--json'], env);
  // How far it is may be on standard error.
  expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 });
  return JSON.parse(stdout);
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
        ...{ users: 2, documents: 1, revisions: 0 },
      });
      expect((await readdir(out)).sort()).toEqual([
        ...['documents.ndjson', 'history.ndjson', 'keys.json', 'manifest.json', 'users.ndjson'],
      ]);
      for (const name of await readdir(out)) {
        expect((await stat(join(out, name))).mode & 0o777).toBe(0o600);
      }
      const { env } = provideStore();
      expect(await run(env, 'import', 'all', out)).toMatchObject({
        ...{ documents: { imported: 1 }, users: { imported: 2 } },
      });

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
    'that was killed has no manifest, and is not imported',
    async () => {
      let out = '';
      // One that was faster than the signal is no use.
      for (
        let attempt = 0;
        out === '' || (await readdir(out)).includes('manifest.json');
        attempt += 1
      ) {
        out = join(directory.path, `killed-${attempt}`);
        await mkdir(out);
        const changes = watch(out);
        const child = spawn(process.execPath, [MAIN, 'export', out], {
          env: { ...sourceEnv },
          stdio: 'ignore',
        });
        const closed = once(child, 'close');
        for await (const { filename } of changes) {
          if (filename === 'keys.json') break;
        }
        child.kill('SIGKILL');
        await closed;
      }
      const { exitCode, stderr } = await runCommand(['import', 'all', out], provideStore().env);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('is no whole export: manifest.json cannot be read');
    },
    TIMEOUT,
  );

  test(
    'of which a file was cut is not imported, even where it ends with a row',
    async () => {
      const out = join(directory.path, 'short');
      await run(sourceEnv, 'export', out);
      const file = join(out, 'users.ndjson');
      const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
      await writeFile(file, `${rows.slice(1).join('\n')}\n`);
      const { exitCode, stderr } = await runCommand(['import', 'all', out], provideStore().env);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/"[^"]*users\.ndjson" has \d+ bytes, and was written with \d+\n/);
    },
    TIMEOUT,
  );

  test(
    'has the public keys that the gateway publishes, which "keys import" reads',
    async () => {
      const out = join(directory.path, 'keys');
      await run(sourceEnv, 'export', out);
      const keys = JSON.parse(await readFile(join(out, 'keys.json'), 'utf8'));
      const published = await fetch(`${source.url}/.well-known/jwks.json`);
      expect(keys).toEqual(await published.json());
      const { keys: imported } = await run(
        provideStore().env,
        ...['keys', 'import', join(out, 'keys.json')],
      );
      expect(imported).toMatchObject(
        keys.keys.map(({ kid }: { kid: string }) => ({ kid, state: 'retiring' })),
      );
    },
    TIMEOUT,
  );

  test(
    'and an import are in the audit log, the dry run of one is not',
    async () => {
      const env = { ...provideStore().env, AUDIT_LOG: 'store' };
      const auditOf = async () =>
        (await runCommand(['audit', '--json'], env)).stdout.split('\n').filter((row) => row !== '');
      const before = (await auditOf()).length;
      const file = join(directory.path, 'audited.ndjson');
      await writeFile(file, `{"id": "${new ObjectId().toHexString()}"}\n{}\n`);
      for (const more of [['--dry-run'], []]) {
        const { exitCode } = await runCommand(['import', 'users', file, ...more], env);
        expect(exitCode).toBe(1);
      }
      await run(env, 'export', join(directory.path, 'audited'), '--with-secrets');
      const entries = (await auditOf()).slice(before).map((row) => JSON.parse(row));
      const common = { at: expect.any(String), actor: 'OPERATOR' };
      expect(entries).toEqual([
        { ...common, type: 'DATA_IMPORTED', what: 'users', imported: 1, refused: 1 },
        { ...common, type: 'DATA_EXPORTED', hasSecrets: true },
      ]);
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
      const eve = (await readExported(out, 'users')).filter((row) =>
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
