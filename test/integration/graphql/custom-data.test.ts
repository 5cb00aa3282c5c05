import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const TYPES = {
  int: { $numberInt: '42' },
  long: { $numberLong: '9007199254740993' },
  double: { $numberDouble: '1.0' },
  decimal: { $numberDecimal: '1.10' },
  date: { $date: { $numberLong: '1652297239913' } },
  id: { $oid: '63ed2e4fb7f367c92578e527' },
  bytes: { $binary: { base64: 'AQI=', subType: '00' } },
  uuid: { $binary: { base64: 'c//SZESzTGmQ6OfR38A11A==', subType: '04' } },
  pattern: { $regularExpression: { pattern: 'a+', options: 'i' } },
  stamp: { $timestamp: { t: 1, i: 2 } },
  least: { $minKey: 1 },
  most: { $maxKey: 1 },
  code: { $code: 'x => x' },
  nothing: null,
  nested: { '': { deep: [true, 'ünï © 𝒳', { $numberInt: '1' }] } },
};

describeOnEveryStore('custom data over GraphQL', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const write = (token: string, data: unknown) =>
    send(OPERATIONS.write, { token, variables: { data } });

  test('every BSON type survives write, store, claim and answer', async () => {
    const { accessToken } = await logInAnonymously(send);
    const written = (await write(accessToken, TYPES)).data.writeCustomUserData;
    expect(written.canonical).toMatchObject(TYPES);
    const me = await send('{ me { customData(format: CANONICAL) } }', {
      token: written.accessToken,
    });
    expect(me.data.me.customData).toEqual(written.canonical);
  });

  test('MERGE sets the fields named, stores null and leaves the rest alone', async () => {
    const { accessToken } = await logInAnonymously(send);
    await write(accessToken, { a: 1, b: { c: 1 }, d: 'kept' });
    const { data } = await write(accessToken, { a: null, b: { e: 2 } });
    expect(data.writeCustomUserData.customData).toMatchObject({ a: null, b: { e: 2 }, d: 'kept' });
    expect(data.writeCustomUserData.customData.b).toEqual({ e: 2 });
    expect(data.writeCustomUserData.result).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    const again = await write(accessToken, { d: 'kept' });
    expect(again.data.writeCustomUserData.result).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
      upsertedId: null,
    });
  });

  test('parallel writers of different fields lose nothing', async () => {
    const { accessToken } = await logInAnonymously(send);
    const names = Array.from({ length: 30 }, (_, index) => `field${index}`);
    const answers = await Promise.all(names.map((name) => write(accessToken, { [name]: name })));
    expect(answers.map(({ code }) => code)).toEqual(names.map(() => undefined));
    const { data } = await send(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(data.refreshCustomData.customData).toMatchObject(
      Object.fromEntries(names.map((name) => [name, name])),
    );
  });

  describe('a refused write leaves document and token as they were', () => {
    let token: string;
    let revision: string;

    beforeAll(async () => {
      token = (await logInAnonymously(send)).accessToken;
      const { data } = await write(token, { safe: 'and sound' });
      revision = data.writeCustomUserData.user.customDataRevision;
    });

    const refused: [name: string, data: unknown, code: string][] = [
      ['an array', [1, 2], 'BAD_USER_INPUT'],
      ['null inside a list', [null], 'BAD_USER_INPUT'],
      ['a string', 'text', 'BAD_USER_INPUT'],
      ['a number', 5, 'BAD_USER_INPUT'],
      ['a malformed wrapper', { a: { $oid: 'nonsense' } }, 'BAD_USER_INPUT'],
      ['a document nested 200 deep', nested(200), 'BAD_USER_INPUT'],
      ['a lone surrogate', { a: '\ud800' }, 'BAD_USER_INPUT'],
      ['a dotted key', { 'a.b': 1 }, 'FIELD_NOT_WRITABLE'],
      ['a key with a dollar sign', { $where: '1' }, 'FIELD_NOT_WRITABLE'],
      ['the key __proto__', JSON.parse('{"__proto__": {"a": 1}}'), 'FIELD_NOT_WRITABLE'],
      ['the key constructor', JSON.parse('{"x": {"constructor": 1}}'), 'FIELD_NOT_WRITABLE'],
      ['another user id', { userId: '0123456789abcdef01234567' }, 'FIELD_NOT_WRITABLE'],
      ['another _id', { _id: 'mine' }, 'FIELD_NOT_WRITABLE'],
      ['too much', { big: 'é'.repeat(5000) }, 'CUSTOM_DATA_TOO_LARGE'],
    ];

    test.each(refused)('%s', async (_name, data, code) => {
      const answer = await write(token, data);
      expect(answer).toMatchObject({ status: 200, code, data: null });
      const after = await send(OPERATIONS.refreshCustomData, { token });
      expect(after.data.refreshCustomData.user.customDataRevision).toBe(revision);
    });

    test('the error of a document too large names size, budget and fields in bytes', async () => {
      const answer = await write(token, { big: 'é'.repeat(5000), small: 1 });
      const extensions = answer.errors?.[0]?.extensions;
      expect(extensions?.budget).toBe(8000);
      expect(extensions?.size).toBeGreaterThan(10_000 * (4 / 3));
      expect(extensions?.largestFields).toMatchObject([{ path: '/big' }, {}, {}, {}, {}]);
    });
  });

  test('identity fields sent back unchanged are dropped silently', async () => {
    const { accessToken } = await logInAnonymously(send);
    const first = (await write(accessToken, { a: 1 })).data.writeCustomUserData.customData;
    const again = await write(accessToken, { ...first, a: 2 });
    expect(again.code).toBeUndefined();
    expect(again.data.writeCustomUserData.customData).toEqual({ ...first, a: 2 });
    const wrapped = await write(accessToken, { ...first, _id: { $oid: first._id }, a: 3 });
    expect(wrapped.data.writeCustomUserData.customData).toEqual({ ...first, a: 3 });
  });

  test('a document written from outside under an ObjectId user id is found and updated', async () => {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: new ObjectId(session.user.id), theme: 'light' });
    const { data } = await write(session.accessToken, { theme: 'dark' });
    expect(data.writeCustomUserData.result).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    expect(data.writeCustomUserData.customData.theme).toBe('dark');
    const all = await documents.find({
      userId: { $in: [session.user.id, new ObjectId(session.user.id)] },
    });
    expect(all).toHaveLength(1);
  });

  test('a document that outgrew the budget from outside is left out; log-in still works', async () => {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: session.user.id, big: 'x'.repeat(20_000) });
    const refreshed = await send(OPERATIONS.refreshSession, {
      variables: { refreshToken: session.refreshToken },
    });
    expect(refreshed.code).toBe('CUSTOM_DATA_TOO_LARGE');
    expect(refreshed.errors?.[0]?.path).toEqual(['refreshSession', 'user', 'customData']);
    const { accessToken, user } = refreshed.data.refreshSession;
    expect(user).toMatchObject({ id: session.user.id, customData: null });
    expect(user.customDataRevision).toMatch(/^[\w-]{22}$/);
    expect(`Bearer ${accessToken}`.length).toBeLessThan(1500);
    // What the user may still do is make it small enough again.
    const mended = await write(accessToken, { big: null });
    expect(mended.code).toBeUndefined();
  });

  test('an inline object is the same as a variable', async () => {
    const { accessToken } = await logInAnonymously(send);
    const answer = await send(
      `mutation ($v: JSON) { writeCustomUserData(newCustomUserData:
        { a: 1, b: [1.5, "x", true, null], c: { d: $v } }) { customData } }`,
      { token: accessToken, variables: { v: { e: 1 } } },
    );
    expect(answer.data.writeCustomUserData.customData).toMatchObject({
      a: 1,
      b: [1.5, 'x', true, null],
      c: { d: { e: 1 } },
    });
  });
});

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}
