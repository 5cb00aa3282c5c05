/** A gateway that an exported App Services app configures. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { check } from '../../support/check.ts';
import { runCommand } from '../../support/command.ts';
import { endpoint } from '../../support/endpoints-app.ts';
import { EXPORTED_APP } from '../../support/exported-app.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const TIMEOUT = 60_000;
const DATABASE = 'custom-user-data-database';

let app: AppDirectory;
beforeAll(async () => {
  app = await writeApp(EXPORTED_APP);
});
afterAll(() => app.remove());

describeOnEveryStore('an exported app', (provideStore) => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    const { env } = provideStore();
    gateway = await startGatewayProcess({
      CUSTOM_DATA_DATABASE: DATABASE,
      ...env,
      APP_SERVICES_EXPORT: app.path,
    });
  }, TIMEOUT);
  afterAll(() => gateway.end('SIGTERM'));

  const client = () => createRealmClient(gateway.url, { id: 'tasks-abcde' }).app;

  test('says who may log in, and how an address is confirmed', async () => {
    const { emailPasswordAuth } = client();
    await expect(client().logIn(Credentials.anonymous())).rejects.toMatchObject({
      statusCode: 400,
      error: expect.stringContaining('"anonymous" is not enabled'),
    });
    const by = (email: string) => ({ email, password: 'a long password' });
    await emailPasswordAuth.registerUser(by('ann@elsewhere.example'));
    await expect(
      client().logIn(Credentials.emailPassword('ann@elsewhere.example', 'a long password')),
    ).rejects.toMatchObject({ errorCode: 'AuthError' });
    await expect(emailPasswordAuth.registerUser(by('unwanted@example.com'))).rejects.toMatchObject({
      error: 'not wanted',
    });
    const badge = await client().logIn(Credentials.function({ badge: '17' }));
    expect(badge.identities).toMatchObject([{ id: '17', providerType: 'custom-function' }]);
  });

  test('says where the documents are and what functions see', async () => {
    const { emailPasswordAuth } = client();
    await emailPasswordAuth.registerUser({ email: 'bob@example.com', password: 'a long password' });
    const user = await client().logIn(
      Credentials.emailPassword('bob@example.com', 'a long password'),
    );
    expect(await user.callFunction('countTasks')).toBe(3);
    const address = `${gateway.url}/app/tasks-abcde/endpoint/tasks`;
    const headers = { authorization: `Bearer ${user.accessToken}` };
    const answer = await fetch(address, { method: 'POST', headers });
    expect(await answer.json()).toEqual({ $numberInt: '3' });
    await user.callFunction('writeCustomUserData', { color: 'blue' });
    expect(await user.refreshCustomData()).toMatchObject({ owner: user.id, color: 'blue' });
    const documents = await provideStore().openDocuments('profiles');
    expect(await documents.findOne({ owner: user.id })).toMatchObject({ color: 'blue' });
  });

  test('is overruled by a variable that is set, and the log says so', async () => {
    const line = await gateway.saying(/^a variable overrules the exported app$/);
    expect(line).toMatchObject({
      variable: 'CUSTOM_DATA_DATABASE',
      exported: 'tasks',
      from: 'auth/custom_user_data.json',
    });
  });

  test(
    'is what the check and the other commands go by',
    async () => {
      const env = { ...provideStore().env, FUNCTIONS_DIR: app.path, APP_ID: 'other' };
      const { byName } = await check(env);
      expect(byName.functions).toMatchObject({ status: 'ok' });
      expect(byName.export).toMatchObject({
        status: 'ok',
        overruled: expect.arrayContaining([
          { variable: 'APP_ID', value: 'tasks-abcde', from: '.mdb/meta.json' },
        ]),
        notCarriedOver: expect.arrayContaining(['"DATABASE" trigger "onItem"']),
      });
      const { stdout } = await runCommand(['users', 'list', '--json'], env);
      expect(JSON.parse(stdout).users).toHaveLength(2);
    },
    TIMEOUT,
  );
});

describe('the start', () => {
  test(
    'prints one block, before anything can go wrong',
    async () => {
      const env = { APP_SERVICES_EXPORT: app.path, AUTH_FUNCTION: 'toBeFound', WORKERS: '2' };
      const { exitCode, stderr } = await runCommand(['start'], {
        ...env,
        PROVIDERS: 'custom-function',
        DATA_DIR: join(app.path, 'data'),
        PORT: '0',
      });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('There is no function "toBeFound"');
      expect(stderr.match(/^Exported app in /gm)).toHaveLength(1);
      expect(stderr).toContain('\n    APP_ID=tasks-abcde  (.mdb/meta.json)\n');
      expect(stderr).toContain('\n    AUTH_FUNCTION=logInByBadge  (auth/providers.json)\n');
      expect(stderr).toContain('\n    Data API  (https_endpoints/data_api_config.json)\n');
      expect(stderr).not.toContain('(https_endpoints/config.json)');
    },
    TIMEOUT,
  );

  test(
    'endpoints that cannot be served are named by check, and stop the start with FUNCTIONS_STRICT',
    async () => {
      const broken = await writeApp({
        ...EXPORTED_APP,
        'https_endpoints/config.json': [
          endpoint('POST', '/tasks', 'countTask'),
          endpoint('POST', '/hook', 'countTasks', {
            ...{ validation_method: 'VERIFY_PAYLOAD', secret_name: 'aSecret' },
          }),
        ],
      });
      const env = { APP_SERVICES_EXPORT: broken.path, DATA_DIR: join(broken.path, 'data') };
      const { byName } = await check(env);
      const strict = { ...env, FUNCTIONS_STRICT: 'true', AUTH_FUNCTION: '', PORT: '0' };
      const { exitCode, stderr } = await runCommand(['start'], strict);
      await broken.remove();
      expect(exitCode).toBe(1);
      for (const text of [stderr, byName.endpoints?.found]) {
        expect(text).toContain('https_endpoints/config.json [0]: there is no function "countTask"');
        expect(text).toContain('https_endpoints/config.json [1]: the secret that');
      }
      expect(byName.endpoints?.status).toBe('warning');
    },
    TIMEOUT,
  );

  test('check tells which endpoints there are', async () => {
    const { byName } = await check({ APP_SERVICES_EXPORT: app.path });
    expect(byName.endpoints).toMatchObject({ status: 'ok', endpoints: ['POST /tasks'] });
  });

  test.each([
    ['a broken export', { APP_SERVICES_EXPORT: 'broken' }],
    ['a broken export that FUNCTIONS_DIR names', { FUNCTIONS_DIR: 'broken' }],
  ])('refuses %s', async (_what, names) => {
    const broken = await writeApp({ ...EXPORTED_APP, 'auth/providers.json': '{' });
    const env = Object.fromEntries(Object.keys(names).map((name) => [name, broken.path]));
    const { exitCode, stderr } = await runCommand(['start'], env);
    const { byName } = await check(env);
    await broken.remove();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The file "auth/providers.json" of the exported app');
    expect(byName.configuration?.status).toBe('failed');
  });
});

describe('import app-services', () => {
  test('writes the configuration as a file that only its owner reads', async () => {
    const file = join(app.path, '.env');
    const args = ['import', 'app-services', app.path, '--env', file];
    const { exitCode, stderr, stdout } = await runCommand(args, {});
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${file}\n` });
    expect(stderr).toContain('trigger "onEvent"');
    const text = await readFile(file, 'utf8');
    expect(parseEnv(text)).toMatchObject({
      APP_ID: 'tasks-abcde',
      CUSTOM_DATA_COLLECTION: 'profiles',
      PROVIDERS: 'email-password,custom-function',
      FUNCTIONS_DIR: app.path,
    });
    expect(text).toContain(
      '# not carried over: "DATABASE" trigger "onItem" (triggers/onItem.json)',
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await runCommand(args, {});
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toBe(`custom-user-data: The file "${file}" is there already\n`);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('says what is still missing for a gateway to start', async () => {
    const mailing = await writeApp({
      ...EXPORTED_APP,
      'auth/providers.json': { 'local-userpass': { type: 'local-userpass', config: {} } },
    });
    const file = join(mailing.path, 'kept.env');
    const args = ['import', 'app-services', mailing.path, '--env', file, '--json'];
    const { exitCode, stdout } = await runCommand(args, {});
    const text = await readFile(file, 'utf8');
    await mailing.remove();
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      missing: ['EMAIL_CONFIRMATION is email, which needs SMTP_URL'],
    });
    expect(text).toContain('# to do: EMAIL_CONFIRMATION is email, which needs SMTP_URL\n');
  });

  test('refuses a folder that is no exported app, and one that is not there', async () => {
    for (const folder of [join(app.path, 'functions'), '/nowhere']) {
      const args = ['import', 'app-services', folder, '--env', '/nowhere/.env'];
      const { exitCode, stderr } = await runCommand(args, {});
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`The directory "${folder}" that APP_SERVICES_EXPORT names holds no`);
    }
  });
});
