import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExportedApp } from '../../../../src/config/app-export/exported-app.ts';
import { readAppExport } from '../../../../src/config/app-export/read-app-export.ts';
import { parseConfig } from '../../../../src/config.ts';
import { EXPORTED_APP, OLD_EXPORTED_APP } from '../../../support/exported-app.ts';
import { type AppDirectory, writeApp } from '../../../support/functions-app.ts';

const apps: AppDirectory[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map(({ remove }) => remove()));
});

async function write(files: Readonly<Record<string, unknown>>): Promise<string> {
  const app = await writeApp(files);
  apps.push(app);
  return app.path;
}

async function read(files: Readonly<Record<string, unknown>>, env = {}): Promise<ExportedApp> {
  const app = readAppExport({ ...env, APP_SERVICES_EXPORT: await write(files) });
  if (app === null) throw new Error('There is an exported app');
  return app;
}

const valuesOf = ({ settings }: ExportedApp) =>
  Object.fromEntries(settings.map(({ variable, value }) => [variable, value]));
const withProviders = (providers: unknown) => ({
  'realm_config.json': {},
  'auth/providers.json': providers,
});
const withEmail = (config: object) =>
  withProviders({ 'local-userpass': { type: 'local-userpass', disabled: false, config } });

describe('the defaults that an exported app gives', () => {
  test('are those of its app, users, log-ins, documents and functions', async () => {
    const app = await read(EXPORTED_APP);
    expect(valuesOf(app)).toEqual({
      APP_ID: 'tasks-abcde',
      CORS_ORIGINS: 'https://tasks.example.com,https://admin.example.com:8443',
      FUNCTIONS_ENVIRONMENT: 'testing',
      CUSTOM_DATA_DATABASE: 'tasks',
      CUSTOM_DATA_COLLECTION: 'profiles',
      CUSTOM_DATA_USER_ID_FIELD: 'owner',
      ON_USER_CREATION_FUNCTION: 'createProfile',
      PROVIDERS: 'email-password,custom-function',
      EMAIL_CONFIRMATION: 'function',
      EMAIL_CONFIRMATION_FUNCTION: 'confirmUser',
      PASSWORD_RESET_URL: 'https://tasks.example.com/reset',
      AUTH_FUNCTION: 'logInByBadge',
      FUNCTIONS_DIR: app.directory,
    });
    expect(parseConfig({}, app.settings).type).toBe('ok');
  });

  test('are the same in the layout before', async () => {
    const app = await read(OLD_EXPORTED_APP);
    expect(valuesOf(app)).toEqual({
      APP_ID: 'tasks-abcde',
      CORS_ORIGINS: 'https://tasks.example.com',
      CUSTOM_DATA_DATABASE: 'tasks',
      CUSTOM_DATA_COLLECTION: 'profiles',
      CUSTOM_DATA_USER_ID_FIELD: 'owner',
      PROVIDERS: 'anonymous,email-password',
      EMAIL_CONFIRMATION: 'automatic',
      PASSWORD_RESET: 'function',
      PASSWORD_RESET_FUNCTION: 'resetPassword',
      FUNCTIONS_DIR: app.directory,
    });
    expect(app.leftBehind.map(({ what }) => what)).toEqual(['rules of "tasks.items"']);
  });

  test('say which file each is from', async () => {
    const { settings } = await read(EXPORTED_APP);
    const from = Object.fromEntries(settings.map(({ variable, from }) => [variable, from]));
    expect(from).toMatchObject({
      APP_ID: '.mdb/meta.json',
      CORS_ORIGINS: 'root_config.json',
      CUSTOM_DATA_DATABASE: 'auth/custom_user_data.json',
      PROVIDERS: 'auth/providers.json',
      FUNCTIONS_DIR: 'functions',
    });
  });

  test('are of FUNCTIONS_DIR too, if that is a whole app, and then without itself', async () => {
    const directory = await write(EXPORTED_APP);
    const app = readAppExport({ FUNCTIONS_DIR: directory });
    expect(app?.directory).toBe(directory);
    expect(app?.settings.map(({ variable }) => variable)).not.toContain('FUNCTIONS_DIR');
    expect(readAppExport({ FUNCTIONS_DIR: `${directory}/functions` })).toBeNull();
    expect(readAppExport({})).toBeNull();
  });

  test('are of APP_SERVICES_EXPORT, if both are set', async () => {
    const [named, functions] = [await write(OLD_EXPORTED_APP), await write(EXPORTED_APP)];
    const app = readAppExport({ APP_SERVICES_EXPORT: named, FUNCTIONS_DIR: functions });
    expect(app?.directory).toBe(named);
  });

  test.each([
    [{ autoConfirm: true, runConfirmationFunction: true }, 'automatic'],
    [{ autoConfirm: false, runConfirmationFunction: true }, 'function'],
    [{ autoConfirm: false, runConfirmationFunction: false }, 'email'],
    [{}, 'email'],
  ])('confirm e-mail addresses by %j: %s', async (config, confirmation) => {
    expect(valuesOf(await read(withEmail(config)))).toMatchObject({
      PROVIDERS: 'email-password',
      EMAIL_CONFIRMATION: confirmation,
    });
  });

  test('name a provider that needs a variable only if that is set', async () => {
    const files = withProviders({
      'anon-user': { type: 'anon-user' },
      'custom-token': { type: 'custom-token', config: { signingAlgorithm: 'HS256' } },
    });
    const without = await read(files);
    expect(valuesOf(without).PROVIDERS).toBe('anonymous');
    expect(without.leftBehind).toEqual([
      {
        what: 'log-in provider "custom-token", for which CUSTOM_JWT_ISSUERS_FILE is not set',
        from: 'auth/providers.json',
      },
    ]);
    const app = await read(files, { CUSTOM_JWT_ISSUERS_FILE: 'issuers.json' });
    expect(valuesOf(app).PROVIDERS).toBe('anonymous,custom-jwt');
  });

  test('take client ids of Google and Apple', async () => {
    const provider = (type: string) => ({ type, config: { clientId: `id of ${type}` } });
    const app = await read(
      withProviders({ a: provider('oauth2-google'), b: provider('oauth2-apple') }),
    );
    expect(valuesOf(app)).toEqual({
      PROVIDERS: 'google,apple',
      GOOGLE_CLIENT_IDS: 'id of oauth2-google',
      APPLE_CLIENT_IDS: 'id of oauth2-apple',
    });
  });

  test('let nobody log in if every provider is off, rather than everybody', async () => {
    const app = await read(withProviders({ 'api-key': { type: 'api-key', disabled: true } }));
    expect(valuesOf(app)).toEqual({ PROVIDERS: 'none' });
    expect(parseConfig({}, app.settings)).toMatchObject({ type: 'ok', config: { providers: [] } });
  });

  test('leave out what a variable cannot be and nobody needs, and name it', async () => {
    const app = await read({
      'realm_config.json': { app_id: '<App ID>', allowed_request_origins: ['*.example.com'] },
    });
    expect(app.settings).toEqual([]);
    expect(app.leftBehind).toEqual([
      { what: '"<App ID>", which APP_ID cannot be', from: 'realm_config.json' },
      { what: '"*.example.com", which CORS_ORIGINS cannot be', from: 'realm_config.json' },
    ]);
  });
});

describe('a variable', () => {
  test('that is set wins, and only then providers must be usable', async () => {
    const { settings } = await read(EXPORTED_APP);
    const result = parseConfig({ PROVIDERS: 'anonymous', APP_ID: 'other' }, settings);
    expect(result).toMatchObject({
      type: 'ok',
      config: {
        providers: ['anonymous'],
        areProvidersNamed: true,
        appId: 'other',
        customData: { database: 'tasks' },
      },
    });
    expect(parseConfig({}, settings)).toMatchObject({ config: { areProvidersNamed: false } });
  });

  test('that the app sets and that lacks another stops the start with the file that says so', async () => {
    const { settings } = await read(withEmail({ autoConfirm: false }));
    expect(parseConfig({}, settings)).toEqual({
      type: 'error',
      problems: [
        'EMAIL_CONFIRMATION is email, which needs SMTP_URL (EMAIL_CONFIRMATION is from auth/providers.json of the exported app, set it to overrule that)',
      ],
    });
  });
});

test('every trigger, rule and service that is not carried over is named', async () => {
  const { leftBehind } = await read(EXPORTED_APP);
  expect(leftBehind.map(({ what }) => what)).toEqual([
    'log-in provider "oauth2-facebook"',
    '"SCHEDULED" trigger "nightly", which is disabled',
    '"AUTHENTICATION" trigger "onEvent", which runs no function',
    '"DATABASE" trigger "onItem"',
    'Data API',
    'rules of all other collections',
    'rules of "tasks.items"',
    'service "mailer" ("http")',
    'webhook "bounced" of service "mailer"',
    'GraphQL resolver "tasks" of "Query"',
    'log forwarder "errors"',
    'Device Sync',
    'hosting',
  ]);
  expect(JSON.stringify(leftBehind)).not.toMatch(/aSecret|facebookSecret/);
});

test('a script that says whom a function runs as is named, and an empty one is none', async () => {
  const { leftBehind } = await read({
    'realm_config.json': {},
    'functions/config.json': [
      { name: 'scripted', run_as_user_id_script_source: 'exports = () => "id";' },
      { name: 'plain', run_as_user_id_script_source: '' },
    ],
  });
  expect(leftBehind).toEqual([
    {
      what: 'script that says whom function "scripted" runs as',
      from: 'functions/config.json',
    },
  ]);
});

test('the triggers that run here are part of the configuration', async () => {
  const { settings, triggers } = await read(EXPORTED_APP);
  const parsed = parseConfig({}, settings, triggers);
  expect(parsed).toMatchObject({
    config: { functions: { triggers: [{ name: 'onLogIn', functionName: 'countTasks' }] } },
  });
});

test('what is not carried over stops nothing when it cannot be read', async () => {
  const app = await read({ 'realm_config.json': {}, 'triggers/onItem.json': '{' });
  expect(app.leftBehind).toEqual([{ what: 'trigger "onItem.json"', from: 'triggers/onItem.json' }]);
});

describe('a broken export is refused with the file and the place', () => {
  test.each<[what: string, files: Readonly<Record<string, unknown>>, message: RegExp]>([
    [
      'that is cut off in the middle',
      { ...EXPORTED_APP, 'auth/providers.json': '{"anon-user":\n {"disabled": tru' },
      /^The file "auth\/providers\.json" of the exported app ".*" is not JSON/,
    ],
    [
      'that is no JSON, without what is in it',
      { ...EXPORTED_APP, 'auth/custom_user_data.json': '{\n"enabled": hunter2}' },
      /^The file "auth\/custom_user_data\.json" of the exported app "[^"]*" is not JSON$/,
    ],
    [
      'that is no JSON, at the place that the parser knows',
      { ...EXPORTED_APP, 'auth/custom_user_data.json': '{\n"enabled": true "hunter2"}' },
      /^The file "auth\/custom_user_data\.json" of the exported app "[^"]*" is not JSON, at line 2, column 17$/,
    ],
    [
      'with a provider of which it cannot be told whether it is on',
      withProviders({ 'anon-user': { type: 'anon-user', disabled: 'yes' } }),
      /^The file "auth\/providers\.json" of the exported app is not as it must be: "disabled"$/,
    ],
    [
      'with custom user data of which it cannot be told whether they are on',
      { 'auth/providers.json': {}, 'auth/custom_user_data.json': { enabled: 'true' } },
      /^The file "auth\/custom_user_data\.json" of the exported app is not as it must be: "enabled"$/,
    ],
    [
      'with a list of providers',
      withProviders([]),
      /^The file "auth\/providers\.json" of the exported app is not as it must be$/,
    ],
    [
      'with a file that is too large',
      { 'realm_config.json': `{"name":"${'x'.repeat(2 ** 20)}"}` },
      /is larger than 1048576 bytes$/,
    ],
    ['that is none', { 'readme.txt': '' }, /^The directory ".*" that APP_SERVICES_EXPORT names/],
  ])('one %s', async (_what, files, message) => {
    await expect(read(files)).rejects.toMatchObject({
      name: 'ExportError',
      message: expect.stringMatching(message),
    });
  });
});
