import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadApp } from '../../../../src/functions/app/load-app.ts';
import { runSource } from '../../../support/function-runner.ts';
import {
  type AppDirectory,
  copySampleApp,
  PLAIN_APP,
  writeApp,
} from '../../../support/functions-app.ts';

const FACTS = { user: {}, args: [], values: {}, environment: {}, request: {} };
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
    return loadApp(join(directory.path, folder), { ...PLAIN_APP, ...options });
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
    expect(definition?.rule(FACTS)).toBe(true);
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
      ...PLAIN_APP,
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

  /** Everything of it is usable but what `PROBLEMS` names. */
  const FAULTY = {
    'functions/config.json': [
      { name: 'gone' },
      { name: 'twice', private: true },
      { name: 'twice' },
      { name: 'ruled', can_evaluate: { '%%root.x': 1 } },
      { private: 'perhaps', name: 'typed' },
      { name: 'fine', private: true },
    ],
    'functions/twice.js': CODE,
    'functions/ruled.js': CODE,
    'functions/typed.js': CODE,
    'functions/fine.js': CODE,
    'functions/broken.js': '\nexports = function ( {\n',
    'values/a.json': { name: 'a', value: 'unknown-secret-name', from_secret: true },
    'values/b.json': 'not JSON',
    'values/c.json': { name: 'c', value: 3 },
  };
  const PROBLEMS = [
    'functions/config.json [4]: "private" Invalid input: expected boolean, received string',
    'functions/config.json: "gone" has no file gone.js',
    'functions/config.json: "twice" is there twice',
    'functions/config.json: "ruled".can_evaluate.%%root.x is no expansion or operator that is supported here',
    'functions/broken.js:',
    'values/a.json: the secret of "a" is not in FUNCTION_SECRETS_FILE',
    'values/b.json: is not JSON',
  ];

  test('takes out what cannot be used and nothing else, and names it without a value', async () => {
    const { functions, problems, values } = await load(FAULTY);
    expect(problems).toHaveLength(PROBLEMS.length);
    for (const part of PROBLEMS) {
      expect(problems).toContainEqual(expect.stringContaining(part));
    }
    expect(problems.join()).not.toContain('unknown-secret-name');
    expect(values).toEqual({ c: 3 });
    expect(functions.get('fine')).toMatchObject({ isPrivate: true, source: CODE });
    expect(functions.get('ruled')?.source).toBe(CODE);
    expect(functions.get('ruled')?.rule(FACTS)).toBe(false);
    expect(functions.has('gone')).toBe(false);
  });

  test.each(['twice', 'typed', 'broken'])('whoever calls "%s" then is told', async (name) => {
    const { functions } = await load(FAULTY);
    const { failure } = await runSource(functions.get(name)?.source ?? '');
    expect(failure?.message).toBe(
      `The function "${name}" cannot be used, the log of the gateway says why`,
    );
  });

  test('with FUNCTIONS_STRICT is refused with every problem at once', async () => {
    const refused = load(FAULTY, { isStrict: true });
    for (const part of PROBLEMS) await expect(refused).rejects.toThrow(part);
    await expect(refused).rejects.not.toThrow('unknown-secret-name');
  });

  test('is refused if an entry does not say which function it is about: that one would be public', async () => {
    const files = { 'functions/config.json': [{ private: true }], 'functions/f.js': CODE };
    await expect(load(files)).rejects.toThrow('functions/config.json [0]: "name"');
  });

  test('names the functions that have no entry', async () => {
    const files = {
      'functions/config.json': [{ name: 'f' }],
      'functions/f.js': CODE,
      'functions/g.js': CODE,
      'functions/folder/h.js': CODE,
    };
    expect((await load(files)).withoutEntry).toEqual(['folder/h', 'g']);
  });

  test('finds its database under the names of its data sources, and under the default', async () => {
    const { dataSources } = await load({
      'functions/config.json': [],
      'data_sources/Cluster0/config.json': { name: 'Cluster0', type: 'mongodb-atlas' },
      'data_sources/lake/config.json': { name: 'lake', type: 'another' },
      'data_sources/other/config.json': 'not JSON',
      'services/old-cluster/config.json': { name: 'old-cluster', type: 'mongodb-atlas' },
      'services/mail/config.json': { name: 'mail', type: 'http' },
    });
    expect(dataSources).toEqual(['Cluster0', 'old-cluster', 'mongodb-atlas']);
  });

  test('is refused if there is no such directory', async () => {
    await expect(loadApp('/nowhere/at/all', PLAIN_APP)).rejects.toThrow(
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
    const refused = load(files, { isStrict: true });
    await expect(refused).rejects.toThrow('environments/no-environment.json: "values"');
    await directory?.remove();
    directory = await writeApp({ 'functions/f.js': CODE, 's.json': [1] });
    const secretsFile = join(directory.path, 's.json');
    await expect(loadApp(directory.path, { ...PLAIN_APP, secretsFile })).rejects.toThrow(
      'The file that FUNCTION_SECRETS_FILE names must hold a JSON object',
    );
  });
});
