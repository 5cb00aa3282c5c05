import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadApp } from '../../../../src/functions/app/load-app.ts';
import { type AppDirectory, copySampleApp, writeApp } from '../../../support/functions-app.ts';

const PLAIN = { environment: 'no-environment', secretsFile: undefined } as const;
const CODE = 'exports = function () {};';

describe('an app of functions', () => {
  let directory: AppDirectory | undefined;
  afterEach(() => directory?.remove());

  async function load(
    files: Readonly<Record<string, unknown>>,
    options: Partial<Parameters<typeof loadApp>[1]> = {},
    folder = '',
  ) {
    directory = await writeApp(files);
    return loadApp(join(directory.path, folder), { ...PLAIN, ...options });
  }

  test('is found by its own folder and by that of its functions', async () => {
    const files = {
      'functions/config.json': [{ name: 'f', private: true, run_as_system: true }],
      'functions/f.js': CODE,
      'values/v.json': { name: 'v', value: 1 },
    };
    for (const folder of ['', 'functions']) {
      const app = await load(files, {}, folder);
      expect(app.directory).toMatch(/functions$/);
      expect(app.values).toEqual({ v: 1 });
      expect(app.functions.get('f')).toMatchObject({ isPrivate: true, runAsSystem: true });
      await directory?.remove();
    }
  });

  test('may be an old export, whose own config.json is an object', async () => {
    const app = await load({ 'config.json': { app_id: 'a' }, 'functions/f.js': CODE });
    expect([...app.functions.keys()]).toEqual(['f']);
  });

  test('gives a file without an entry the defaults', async () => {
    const app = await load({ 'f.js': CODE });
    const definition = app.functions.get('f');
    expect(definition).toMatchObject({ name: 'f', isPrivate: false, runAsSystem: false });
    const facts = { user: {}, args: [], values: {}, environment: {}, request: {} };
    expect(definition?.rule(facts)).toBe(true);
  });

  test('names a function in a folder by its path, and takes no package for one', async () => {
    const app = await load({
      'f.js': CODE,
      'folder/deep/g.js': CODE,
      'node_modules/left/index.js': CODE,
      '.hidden/h.js': CODE,
    });
    expect([...app.functions.keys()].sort()).toEqual(['f', 'folder/deep/g']);
  });

  test('takes values from the secrets file where they say so', async () => {
    directory = await copySampleApp('somewhere');
    const app = await loadApp(directory.path, {
      environment: 'testing',
      secretsFile: join(directory.path, 'secrets.json'),
    });
    expect(app.values).toEqual({
      database: 'somewhere',
      greeting: { text: 'Hello' },
      teamKey: 'only for tests',
    });
    expect(app.environment).toEqual({
      tag: 'testing',
      values: { suffix: 'Good to see you' },
    });
  });

  test('has an environment without values where there is no file for it', async () => {
    expect((await load({ 'f.js': CODE })).environment).toEqual({ tag: '', values: {} });
    await directory?.remove();
    const { environment } = await load({ 'f.js': CODE }, { environment: 'qa' });
    expect(environment).toEqual({ tag: 'qa', values: {} });
  });

  test('is refused with every problem at once, and no value of it', async () => {
    const refused = load({
      'functions/config.json': [
        { name: 'gone' },
        { name: 'twice' },
        { name: 'twice' },
        { name: 'ruled', can_evaluate: { '%%root.x': 1 } },
        { private: 'perhaps', name: 'typed' },
      ],
      'functions/twice.js': CODE,
      'functions/ruled.js': CODE,
      'functions/broken.js': '\nexports = function ( {\n',
      'functions/module.js': 'export default 1;',
      'values/a.json': { name: 'a', value: 'unknown-secret-name', from_secret: true },
      'values/b.json': 'not JSON',
    });
    const error = await refused.then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    const message = error?.message ?? '';
    for (const part of [
      'functions/config.json: "gone" has no file gone.js',
      'functions/config.json: "twice" is there twice',
      'functions/config.json: "ruled".can_evaluate.%%root.x is no expansion or operator',
      'functions/config.json [4]: "private"',
      'functions/broken.js:',
      'functions/module.js:1: ',
      'values/a.json: the secret of "a" is not in FUNCTION_SECRETS_FILE',
      'values/b.json:',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('unknown-secret-name');
  });

  test('is refused if there is no such directory', async () => {
    await expect(loadApp('/nowhere/at/all', PLAIN)).rejects.toThrow(
      'The directory "/nowhere/at/all" that FUNCTIONS_DIR names cannot be read: it does not exist',
    );
  });

  test.each([{}, 'not JSON', { functions: [] }])(
    'is refused if config.json is %j',
    async (config) => {
      await expect(
        load({ 'functions/config.json': config, 'functions/f.js': CODE }),
      ).rejects.toThrow('functions/config.json must be a JSON list of functions');
    },
  );

  test('is refused if its environment or the secrets are no objects', async () => {
    const files = { 'functions/f.js': CODE, 'environments/no-environment.json': { values: 1 } };
    await expect(load(files)).rejects.toThrow('environments/no-environment.json: "values"');
    await directory?.remove();
    directory = await writeApp({ 'functions/f.js': CODE, 's.json': [1] });
    const secretsFile = join(directory.path, 's.json');
    await expect(loadApp(directory.path, { ...PLAIN, secretsFile })).rejects.toThrow(
      'The file that FUNCTION_SECRETS_FILE names must hold a JSON object',
    );
  });
});
