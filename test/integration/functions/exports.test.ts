/** Apps as people exported them, from their files to a client's call. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { create } from 'tar';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';

async function callOn(gateway: TestGateway, name: string, ...args: unknown[]) {
  const send = createGraphQLClient(gateway.url);
  const { accessToken: token } = await logInAnonymously(send);
  return send(OPERATIONS.callFunction, { token, variables: { name, arguments: args } });
}

describe('a gateway with an exported app', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function start(files: Readonly<Record<string, unknown>>): Promise<TestGateway> {
    const data = await createTemporaryDirectory();
    closers.push(data.remove);
    const app: AppDirectory = await writeApp(files);
    closers.push(app.remove);
    const gateway = await startGateway({ DATA_DIR: data.path, FUNCTIONS_DIR: app.path });
    closers.push(gateway.stop);
    return gateway;
  }

  test('keeps a private function of the old layout private', async () => {
    const gateway = await start({
      'auth_providers/anon-user.json': { name: 'anon-user', type: 'anon-user' },
      'functions/grantRole/config.json': { name: 'grantRole', private: true, run_as_system: true },
      'functions/grantRole/source.js': "exports = () => ({ role: 'admin' });",
      'functions/hello/config.json': { name: 'hello', private: false },
      'functions/hello/source.js': "exports = () => 'hello';",
    });
    for (const name of ['grantRole', 'grantRole/source', 'hello/source']) {
      expect((await callOn(gateway, name)).code).toBe('FUNCTION_NOT_FOUND');
    }
    expect((await callOn(gateway, 'hello')).data.callFunction).toBe('hello');
  });

  test('runs what is usable beside a function that is not, which says so itself', async () => {
    const gateway = await start({
      'functions/config.json': [{ name: 'fine' }, { name: 'broken' }, { name: 'gone' }],
      'functions/fine.js': "exports = () => 'fine';",
      'functions/broken.js': 'exports = (',
      'functions/calls.js': "exports = () => context.functions.execute('broken');",
    });
    expect((await callOn(gateway, 'fine')).data.callFunction).toBe('fine');
    expect((await callOn(gateway, 'gone')).code).toBe('FUNCTION_NOT_FOUND');
    for (const name of ['broken', 'calls']) {
      const { code, errors } = await callOn(gateway, name);
      expect(code).toBe('FUNCTION_FAILED');
      expect(errors?.[0]?.message).toContain('The function "broken" cannot be used');
    }
  });

  test('runs a function that begins with an import, and one that exports its default', async () => {
    const gateway = await start({
      'config.json': [{ name: 'hash' }, { name: 'path' }],
      'hash.js': `import { createHash } from 'node:crypto';
        exports = async (text) => createHash('sha256').update(text).digest('hex');`,
      'path.js': `import path, { sep } from 'node:path';
        export default function (name) { return path.join(sep, name); }`,
    });
    // FIPS 180-4, example of the one-block message "abc".
    expect((await callOn(gateway, 'hash', 'abc')).data.callFunction).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect((await callOn(gateway, 'path', 'a')).data.callFunction).toBe('/a');
  });
});

describeOnEveryStore('packages in an archive', (provideStore) => {
  test('are there for require and import, also after another start', async () => {
    const files = await createTemporaryDirectory();
    await mkdir(join(files.path, 'node_modules/twice'), { recursive: true });
    await writeFile(
      join(files.path, 'node_modules/twice/index.js'),
      'module.exports = (n) => 2 * n;',
    );
    const app = await writeApp({
      'functions/config.json': [{ name: 'required' }, { name: 'imported' }],
      'functions/required.js': "exports = (n) => require('twice')(n);",
      'functions/imported.js': "exports = async (n) => (await import('twice')).default(n);",
    });
    const file = join(app.path, 'functions/node_modules.tar.gz');
    await create({ gzip: true, file, cwd: files.path }, ['node_modules']);
    const data = await createTemporaryDirectory();
    try {
      for (const _ of ['first', 'second']) {
        const env = { DATA_DIR: data.path, ...provideStore().env, FUNCTIONS_DIR: app.path };
        const gateway = await startGateway(env);
        for (const name of ['required', 'imported']) {
          expect((await callOn(gateway, name, 21)).data.callFunction).toBe(42);
        }
        await gateway.stop();
      }
    } finally {
      for (const each of [files, app, data]) await each.remove();
    }
  });
});

describeOnEveryStore('the data sources of an app', (provideStore) => {
  test('go by their own names and by the default one, and no other', async () => {
    const app = await writeApp({
      'data_sources/Cluster0/config.json': { name: 'Cluster0', type: 'mongodb-atlas' },
      'functions/config.json': [{ name: 'count' }],
      'functions/count.js': `exports = async (source) => {
        const things = context.services.get(source).db('shop').collection('things');
        await things.insertOne({ source });
        return things.count({ source });
      };`,
    });
    const gateway = await startGateway({ ...provideStore().env, FUNCTIONS_DIR: app.path });
    try {
      for (const name of ['Cluster0', 'mongodb-atlas']) {
        expect((await callOn(gateway, 'count', name)).data.callFunction).toBe(1);
      }
      const { errors } = await callOn(gateway, 'count', 'Cluster1');
      expect(errors?.[0]?.message).toBe(
        'There is no service "Cluster1", only "Cluster0", "mongodb-atlas"',
      );
    } finally {
      await gateway.stop();
      await app.remove();
    }
  });
});

describeOnEveryStore("another user's id", (provideStore) => {
  /** The vendor's own sample of writing custom user data, and the same as system. */
  const WRITE = `exports = async function (newCustomUserData) {
    const users = context.services.get('mongodb-atlas')
      .db(context.values.get('database')).collection('custom-user-data');
    return users.updateOne({ userId: context.user.id }, { $set: newCustomUserData }, { upsert: true });
  };`;
  const OTHER = '63ed2dbe5960df2af7fd2161';

  test('is planted by no function but one that runs as system, called by a client or by another', async () => {
    const { env, openDocuments } = provideStore();
    const app = await writeApp({
      'functions/config.json': [
        { name: 'write' },
        { name: 'writeAsSystem', run_as_system: true },
        { name: 'callsWrite', run_as_system: true },
        { name: 'callsSystem' },
        { name: 'callsAsUser' },
      ],
      'functions/write.js': WRITE,
      'functions/writeAsSystem.js': WRITE,
      'functions/callsWrite.js':
        "exports = (...all) => context.functions.execute('write', ...all);",
      'functions/callsAsUser.js':
        "exports = (...all) => context.functions.execute('write', ...all);",
      'functions/callsSystem.js':
        "exports = (...all) => context.functions.execute('writeAsSystem', ...all);",
      'values/database.json': {
        name: 'database',
        value: env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database',
      },
    });
    const gateway = await startGateway({ ...env, FUNCTIONS_DIR: app.path });
    const documents = await openDocuments();
    try {
      for (const name of ['write', 'callsAsUser']) {
        const { code, errors } = await callOn(gateway, name, { userId: OTHER, role: 'admin' });
        expect(code).toBe('FIELD_NOT_WRITABLE');
        expect(errors?.[0]?.extensions?.paths).toEqual(['/userId']);
        expect(await documents.find({ role: 'admin' })).toEqual([]);
      }
      for (const name of ['writeAsSystem', 'callsSystem', 'callsWrite']) {
        expect(
          (await callOn(gateway, name, { userId: OTHER, role: 'admin' })).errors,
        ).toBeUndefined();
        expect(await documents.deleteMany({ userId: OTHER })).toEqual({ deletedCount: 1 });
      }
    } finally {
      await gateway.stop();
      await app.remove();
    }
  });
});
