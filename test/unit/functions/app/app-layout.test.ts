/**
 * The two layouts of an exported app, as the vendor's pages "Function Configuration Files" and "Application
 * Configuration Files (Legacy)" draw them.
 */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadApp } from '../../../../src/functions/app/load-app.ts';
import { type AppDirectory, PLAIN_APP, writeApp } from '../../../support/functions-app.ts';

const CODE = 'exports = function () {};';
const NEITHER = 'FUNCTIONS_DIR must name an exported app or its functions';
const FACTS = { user: {}, args: [], values: {}, environment: {}, request: {} };

let directory: AppDirectory | undefined;
afterEach(() => directory?.remove());

async function load(files: Readonly<Record<string, unknown>>, folder = '') {
  directory = await writeApp(files);
  return loadApp(join(directory.path, folder), PLAIN_APP);
}

/** An app as realm-cli 1 exported it. */
const OLD_APP = {
  'config.json': { app_id: 'old-abcde', name: 'old' },
  'auth_providers/anon-user.json': { name: 'anon-user', type: 'anon-user', disabled: false },
  'functions/grantRole/config.json': { name: 'grantRole', private: true, run_as_system: true },
  'functions/grantRole/source.js': CODE,
  'functions/hello/config.json': { name: 'hello', private: false, can_evaluate: false },
  'functions/hello/source.js': CODE,
  'values/v.json': { name: 'v', value: 1 },
};

describe('the old layout', () => {
  test.each(['', 'functions'])(
    'is read by the settings of each function, from "%s"',
    async (folder) => {
      const { functions, problems, values, withoutEntry } = await load(OLD_APP, folder);
      expect([...functions.keys()]).toEqual(['grantRole', 'hello']);
      expect(functions.get('grantRole')).toMatchObject({ isPrivate: true, runAsSystem: true });
      expect(functions.get('hello')?.rule(FACTS)).toBe(false);
      expect({ problems, values, withoutEntry }).toEqual({
        problems: [],
        values: { v: 1 },
        withoutEntry: [],
      });
    },
  );

  test('has a function by the name in its config.json', async () => {
    const { functions } = await load({
      ...OLD_APP,
      'functions/hello/config.json': { name: 'Hello', private: true },
    });
    expect(functions.get('Hello')).toMatchObject({ isPrivate: true });
    expect(functions.has('hello')).toBe(false);
  });

  test.each([
    ['has no config.json', { 'functions/other/source.js': CODE }, 'functions/other/config.json: '],
    [
      'has no source.js',
      { 'functions/other/config.json': { name: 'other' } },
      '"other" has no file other/source.js',
    ],
    [
      'has one that is not understood',
      { 'functions/other/config.json': { private: 'x' }, 'functions/other/source.js': CODE },
      'functions/other/config.json: "private"',
    ],
  ])('takes a function out that %s', async (_, files, problem) => {
    const { functions, problems } = await load({ ...OLD_APP, ...files });
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(functions.get('other')?.source).not.toBe(CODE);
    expect(functions.get('grantRole')).toMatchObject({ isPrivate: true, source: CODE });
  });
});

describe('a directory in neither layout is refused', () => {
  test.each([
    [
      'both layouts at once',
      { ...OLD_APP, 'functions/config.json': [{ name: 'f' }], 'functions/f.js': CODE },
      'grantRole, hello',
    ],
    ['a file beside the folders of the old one', { ...OLD_APP, 'functions/f.js': CODE }, 'f.js'],
    [
      'a folder within a folder of the old one',
      { ...OLD_APP, 'functions/a/b/source.js': CODE },
      'a/b/source.js',
    ],
    [
      'functions of the present one in an app of the old one',
      { 'auth_providers/anon-user.json': {}, 'functions/f.js': CODE },
      'f.js',
    ],
    ['nothing', {}, NEITHER],
    ['something else', { 'readme.txt': 'Hello', 'docs/a.md': '' }, NEITHER],
  ])('%s', async (_, files, named) => {
    await expect(load(files)).rejects.toThrow(NEITHER);
    await expect(load(files)).rejects.toThrow(named);
  });

  test('a config.json that cannot be read, which would make every function public', async () => {
    directory = await writeApp({ 'functions/config.json/x': '', 'functions/f.js': CODE });
    await expect(load({ 'functions/config.json/x': '', 'functions/f.js': CODE })).rejects.toThrow(
      'config.json" cannot be read: it is a directory',
    );
  });
});

describe('the present layout', () => {
  test('may have a function called source', async () => {
    const { functions } = await load({
      'functions/config.json': [{ name: 'tools/source', private: true }],
      'functions/tools/source.js': CODE,
    });
    expect(functions.get('tools/source')).toMatchObject({ isPrivate: true });
  });

  test('may have no function at all', async () => {
    const { functions } = await load({ 'root_config.json': { app_id: 'a' } });
    expect(functions.size).toBe(0);
  });

  test('may consist of links, as a volume of Kubernetes does', async () => {
    directory = await writeApp({
      '..data/config.json': [{ name: 'f', private: true }],
      '..data/f.js': CODE,
    });
    const { path } = directory;
    for (const name of ['config.json', 'f.js']) await symlink(`..data/${name}`, join(path, name));
    const { functions } = await loadApp(path, PLAIN_APP);
    expect([...functions.keys()]).toEqual(['f']);
    expect(functions.get('f')).toMatchObject({ isPrivate: true });
  });
});
