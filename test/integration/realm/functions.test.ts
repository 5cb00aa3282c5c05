import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BSON } from 'realm-web';
import { createCoreClient } from '../../support/core-client.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

/** What the documentation of the original shows, in words of this repository. */
const OWN_WRITE = `exports = async function (newCustomUserData) {
  const documents = context.services.get('mongodb-atlas').db(DATABASE).collection('custom-user-data');
  return documents.updateOne(
    { userId: context.user.id },
    { $set: { ...newCustomUserData, writtenBy: 'my function' } },
    { upsert: true },
  );
};`;

const LIST_OWN = `exports = async () => {
  const documents = context.services.get('mongodb-atlas').db(DATABASE).collection('custom-user-data');
  const own = { $match: { userId: context.user.id } };
  return { found: documents.find({ userId: context.user.id }, { _id: 0 }), counted: documents.aggregate([own, { $count: 'n' }]) };
};`;

const NAMES = `exports = async () => {
  const mongodb = context.services.get('mongodb-atlas');
  return [DATABASE, await mongodb.admin().getDBNames(), await mongodb.db(DATABASE).getCollectionNames()];
};`;

const FUNCTIONS = {
  echo: 'exports = (value) => value;',
  sum: 'exports = (a, b) => a + b;',
  sumAll: 'exports = (...args) => args.reduce((a, b) => a + b, 0);',
  nothing: 'exports = () => {};',
  everything: `exports = () => [1, 'a', null, { n: 2, missing: undefined }, new Date(0)];`,
  failing: `exports = () => unknown.member;`,
  errorMember: `exports = () => ({ error: 'only a member', error_code: 'InvalidSession' });`,
  endless: 'exports = () => { for (;;); };',
  hidden: 'exports = () => 1;',
  forNobody: 'exports = () => 1;',
  whoAmI: 'exports = () => ({ id: context.user.id, data: context.user.custom_data });',
};

const TIMEOUT = 60_000;

describeOnEveryStore('functions with realm-web', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  let client: RealmClient;
  let user: Awaited<ReturnType<RealmClient['app']['logIn']>>;

  beforeAll(async () => {
    const { env } = provideStore();
    const database = env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database';
    app = await writeApp({
      ...Object.fromEntries(
        Object.entries(FUNCTIONS).map(([name, source]) => [`functions/${name}.js`, source]),
      ),
      'functions/writeOwn.js': OWN_WRITE.replace('DATABASE', JSON.stringify(database)),
      'functions/listOwn.js': LIST_OWN.replace('DATABASE', JSON.stringify(database)),
      'functions/names.js': NAMES.replaceAll('DATABASE', JSON.stringify(database)),
      'functions/config.json': [
        ...Object.keys(FUNCTIONS)
          .filter((name) => name !== 'hidden' && name !== 'forNobody')
          .map((name) => ({ name })),
        { name: 'writeOwn', run_as_system: true },
        { name: 'listOwn' },
        { name: 'names' },
        { name: 'hidden', private: true },
        { name: 'forNobody', can_evaluate: { '%%user.id': 'nobody' } },
      ],
    });
    gateway = await startGateway({ ...env, FUNCTIONS_DIR: app.path, FUNCTION_TIMEOUT: '3s' });
  }, TIMEOUT);
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });
  beforeEach(async () => {
    client = createRealmClient(gateway.url);
    user = await client.app.logIn(Credentials.anonymous());
    client.takeRequests();
  });

  /** A function by its name, as realm-web offers them. */
  const f =
    (name: string) =>
    (...args: unknown[]) =>
      user.callFunction(name, ...args);

  test('row 6: are members of user.functions', async () => {
    expect(await user.functions.sum?.(1, 2.5)).toBe(3.5);
  });

  test('add integers that come as int64, as the Swift client sends every one', async () => {
    const raw = await createCoreClient(gateway.url)('POST', '/app/myapp-abcde/functions/call', {
      token: user.accessToken ?? '',
      body: { name: 'sumAll', arguments: [1, 2, 3, 4, 5].map((n) => ({ $numberLong: `${n}` })) },
    });
    // What the tests of that client expect.
    expect(raw.text).toBe('{"$numberInt":"15"}');
    expect(await f('sumAll')(3_000_000_000, 1, 2.5)).toBe(3_000_000_003.5);
  });

  test('answer two hundred calls of one user at once, and meanwhile another who calls once', async () => {
    const other = await createRealmClient(gateway.url).app.logIn(Credentials.anonymous());
    const done: string[] = [];
    const many = Array.from({ length: 200 }, (_, n) =>
      f('echo')(n).then((value) => {
        done.push('many');
        return value;
      }),
    );
    // Once some of the many were answered the others wait.
    await Promise.race(many);
    expect(await other.callFunction('echo', 'once')).toBe('once');
    expect(done.length).toBeLessThan(200);
    expect(await Promise.all(many)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test.each([
    ['an int32', 42],
    ['an int64', 3_000_000_000],
    ['a double', 3.5],
    ['text', 'Zoë 日本 🦄'],
    ['null', null],
    ['a boolean', true],
    ['a date', new Date(0)],
    ['an ObjectId', new BSON.ObjectId('63ed2e4fb7f367c92578e526')],
    ['a decimal', BSON.Decimal128.fromString('1.10')],
    ['a list', [1, 'a', [null]]],
    ['an object', { nested: { list: [{ n: 1 }] } }],
  ])('give back %s', async (_name, value) => {
    expect(await f('echo')(value)).toEqual(value);
  });

  test('that return nothing send $undefined, which realm-web reads as null', async () => {
    const raw = await createCoreClient(gateway.url)('POST', '/app/myapp-abcde/functions/call', {
      token: user.accessToken ?? '',
      body: { name: 'nothing', arguments: [] },
    });
    expect(raw.text).toBe('{"$undefined":true}');
    expect(await f('nothing')()).toBeNull();
    expect(await f('everything')()).toEqual([1, 'a', null, { n: 2 }, new Date(0)]);
  });

  test('may return what looks like an error', async () => {
    const value = { error: 'only a member', error_code: 'InvalidSession' };
    expect(await f('errorMember')()).toEqual(value);
  });

  test('see who calls, and the custom data of the token', async () => {
    await f('writeCustomUserData')({ theme: 'dark' });
    await user.refreshCustomData();
    expect(await f('whoAmI')()).toMatchObject({ id: user.id, data: { theme: 'dark' } });
  });

  test('of the operator write documents that show after a refresh', async () => {
    const result = await f('writeOwn')({ theme: 'dark', count: 1 });
    expect(result).toMatchObject({ matchedCount: 0, upsertedId: expect.anything() });
    expect(await user.refreshCustomData()).toMatchObject({
      userId: user.id,
      theme: 'dark',
      count: { $numberInt: '1' },
      writtenBy: 'my function',
    });
  });

  test('return cursors, which are their documents', async () => {
    await f('writeCustomUserData')({ theme: 'dark' });
    expect(await f('listOwn')()).toEqual({
      found: [{ userId: user.id, theme: 'dark' }],
      counted: [{ n: 1 }],
    });
  });

  test('tell the names of databases and collections, the documents among them', async () => {
    const [database, databases, collections] = (await f('names')()) as [string, string[], string[]];
    expect(databases).toContain(database);
    expect(collections).toContain('custom-user-data');
    expect(collections).not.toContain('accounts');
  });

  test('the built-in writeCustomUserData and deleteCustomUserData answer as the driver did', async () => {
    const inserted = await f('writeCustomUserData')({ a: 1 });
    expect(inserted).toEqual({
      matchedCount: 0,
      modifiedCount: 0,
      upsertedId: expect.any(BSON.ObjectId),
    });
    const updated = { matchedCount: 1, modifiedCount: 1 };
    expect(await f('writeCustomUserData')({ b: new Date(0) })).toEqual(updated);
    expect(BSON.EJSON.deserialize((await user.refreshCustomData()) as never)).toMatchObject({
      a: 1,
      b: new Date(0),
    });
    expect(await f('deleteCustomUserData')()).toEqual({ deletedCount: 1 });
    expect(await user.refreshCustomData()).toEqual({});
  });

  describe('fail with one request and', () => {
    test.each([
      [
        'no such name',
        'noSuchFunction',
        404,
        'FunctionNotFound',
        "function not found: 'noSuchFunction'",
      ],
      ['private', 'hidden', 404, 'FunctionNotFound', "function not found: 'hidden'"],
      [
        'a rule',
        'forNobody',
        403,
        'FunctionExecutionError',
        'rule not matched for function "forNobody"',
      ],
      ['an error', 'failing', 400, 'FunctionExecutionError', 'unknown is not defined'],
      ['too much time', 'endless', 400, 'ExecutionTimeLimitExceeded', 'limit of time'],
    ])(
      '%s: %s is %d %s',
      async (_name, name, statusCode, errorCode, text) => {
        await expect(f(name)()).rejects.toMatchObject({
          statusCode,
          errorCode,
          error: expect.stringContaining(text),
          link: expect.stringContaining('/logs?co_id='),
        });
        expect(client.takeRequests()).toHaveLength(1);
        expect(user.isLoggedIn).toBe(true);
      },
      TIMEOUT,
    );
  });
});
