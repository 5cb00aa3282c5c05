import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';

/** What hidden fields hold here. Nothing that leaves the gateway may. */
const HIDDEN = /CANARY|fraud|riskScore|invoice/;

const PROTECTED = {
  role: 'member',
  plan: { level: 2, invoice: 'CANARY-1' },
  fraud: { level: 3, notes: 'CANARY-2' },
  address: { city: 'Rome', verified: true, riskScore: 987654321 },
  photos: ['https://example.com/1'],
};

describeOnEveryStore('a schema for the document', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let removeFile: () => Promise<void>;
  /** Every answer of the suite, as it went over the wire. */
  const answers: string[] = [];

  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeFile = directory.remove;
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(PROFILE_SCHEMA));
    gateway = await startGateway({ ...provideStore().env, CUSTOM_DATA_SCHEMA_FILE: file });
    const client = createGraphQLClient(gateway.url);
    send = async (query, options) => {
      const answer = await client(query, options);
      answers.push(JSON.stringify(answer));
      return answer;
    };
  });
  afterAll(async () => {
    await gateway.stop();
    await removeFile();
  });

  /** A user whose document others have written to. */
  async function logInWithDocument() {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: session.user.id, ...PROTECTED });
    const { data } = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
    return { userId: session.user.id, ...data.refreshCustomData };
  }

  const write = (token: string, data: unknown, mode = 'MERGE'): Promise<GraphQLAnswer> =>
    send(
      `mutation ($data: JSON!, $mode: WriteMode!) {
        writeCustomUserData(newCustomUserData: $data, mode: $mode) {
          accessToken customData user { customData } result { modifiedCount } } }`,
      { token, variables: { data, mode } },
    );

  async function storedDocument(userId: string) {
    const documents = await provideStore().openDocuments();
    return documents.findOne({ userId });
  }

  test('a new user can write although others must fill in a required field', async () => {
    const { accessToken } = await logInAnonymously(send);
    const answer = await write(accessToken, { nickname: 'Ann', age: 20 });
    expect(answer.code).toBeUndefined();
    expect(answer.data.writeCustomUserData.customData).toMatchObject({ nickname: 'Ann', age: 20 });
  });

  test.each(['MERGE', 'REPLACE', 'DEEP_MERGE'])(
    '%s that breaks the schema writes nothing',
    async (mode) => {
      const { accessToken, userId } = await logInWithDocument();
      const data = {
        nickname: 'x'.repeat(21),
        age: 12,
        tags: ['a', 1],
        unknown: 1,
        born: '2001-02-03',
      };
      const answer = await write(accessToken, data, mode);
      expect(answer).toMatchObject({ status: 200, code: 'CUSTOM_DATA_INVALID', data: null });
      const violations = answer.errors?.[0]?.extensions.violations as { path: string }[];
      expect(violations.map(({ path }) => path).sort()).toEqual([
        ...['/age', '/born', '/nickname', '/tags/1', '/unknown'],
      ]);
      expect(await storedDocument(userId)).toMatchObject(PROTECTED);
    },
  );

  test('operators are held to the schema', async () => {
    const { accessToken } = await logInWithDocument();
    const update = (operations: object[]) =>
      send(
        `mutation ($operations: [CustomDataOperation!]!) {
          updateCustomUserData(operations: $operations) { customData } }`,
        { token: accessToken, variables: { operations } },
      );
    const broken = await update([
      { set: { path: '/nickname', value: 'Ann' } },
      { append: { path: '/tags', value: 1 } },
    ]);
    expect(broken.errors?.[0]?.extensions).toMatchObject({
      code: 'CUSTOM_DATA_INVALID',
      violations: [{ path: '/tags/0', message: 'must be string' }],
    });
    const refused = await update([{ unset: { path: '/role' } }, { unset: { path: '/fraud' } }]);
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'FIELD_NOT_WRITABLE',
      paths: ['/role', '/fraud'],
    });
    const done = await update([
      { append: { path: '/tags', value: 'a' } },
      { increment: { path: '/visits', by: { $numberLong: '1' } } },
    ]);
    expect(done.data.updateCustomUserData.customData).toMatchObject({ tags: ['a'], visits: 1 });
  });

  test('a document that breaks the schema is readable, and writable once mended', async () => {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: session.user.id, role: 7, age: 'old', legacy: true });
    const { data } = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
    expect(data.refreshCustomData.customData).toMatchObject({ role: 7, age: 'old', legacy: true });
    const refused = await write(session.accessToken, { nickname: 'Ann' });
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      violations: [{ path: '/legacy' }, { path: '/age' }],
    });
    const mended = await write(session.accessToken, { nickname: 'Ann' }, 'REPLACE');
    expect(mended.data.writeCustomUserData.customData).toMatchObject({ role: 7, nickname: 'Ann' });
  });

  test('the whole document may be read, changed and written back in every mode', async () => {
    const { accessToken, userId, customData } = await logInWithDocument();
    for (const mode of ['MERGE', 'REPLACE', 'DEEP_MERGE']) {
      const sent = { ...customData, photos: PROTECTED.photos, nickname: mode };
      const answer = await write(accessToken, sent, mode);
      expect(answer.code).toBeUndefined();
      expect(await storedDocument(userId)).toMatchObject({ ...PROTECTED, nickname: mode });
    }
  });

  test('a field that tokens do not carry may outgrow the budget of the token, within a limit', async () => {
    const { accessToken } = await logInAnonymously(send);
    const photos = (count: number) =>
      Array.from({ length: count }, (_, i) => `https://example.com/${'x'.repeat(90)}/${i}`);
    const answer = await write(accessToken, { photos: photos(1000) });
    expect(answer.code).toBeUndefined();
    expect(answer.data.writeCustomUserData.accessToken.length).toBeLessThan(2000);
    const more = await send(
      `mutation ($operations: [CustomDataOperation!]!) {
        updateCustomUserData(operations: $operations) { accessToken } }`,
      {
        token: accessToken,
        variables: { operations: [{ set: { path: '/anything', value: photos(4000) } }] },
      },
    );
    expect(more.code).toBe('CUSTOM_DATA_TOO_LARGE');
    expect(more.errors?.[0]?.extensions).toMatchObject({
      budget: 512 * 1024,
      largestFields: [{ path: '/anything' }, { path: '/photos' }, {}, {}],
    });
  });

  test('storedCustomData shows what tokens do not carry, but nothing hidden, and needs the session', async () => {
    const { accessToken } = await logInWithDocument();
    const query = '{ me { customData storedCustomData(format: PLAIN) } }';
    const { data } = await send(query, { token: accessToken });
    expect(data.me.customData).not.toHaveProperty('photos');
    expect(data.me.storedCustomData).toEqual({ ...data.me.customData, photos: PROTECTED.photos });
    await send(OPERATIONS.logOut, { token: accessToken });
    const after = await send(query, { token: accessToken });
    expect(after.errors?.[0]).toMatchObject({
      path: ['me', 'storedCustomData'],
      extensions: { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
    });
    expect(after.data.me.customData).toEqual(data.me.customData);
  });

  describe('hidden fields', () => {
    test('are in no token, answer, error, log or metric', async () => {
      const { accessToken, userId } = await logInWithDocument();
      const refresh = await send(OPERATIONS.refreshCustomData, { token: accessToken });
      const token = refresh.data.refreshCustomData.accessToken;
      expect(Object.keys(decodeUnverifiedToken(token).user_data as object)).toEqual([
        ...['_id', 'userId', 'role', 'plan', 'address'],
      ]);
      await send(OPERATIONS.me, { token });
      await write(token, { nickname: 'Ann' });
      await write(token, { nickname: 1, address: { city: '' } });
      await write(token, { nickname: 'x'.repeat(20), tags: ['y'.repeat(9000)] });
      await write(token, { city: 'x' }, 'REPLACE');
      await send(OPERATIONS.delete, { token });
      const documents = await provideStore().openDocuments();
      const { insertedId } = await documents.insertOne({ userId, ...PROTECTED, age: 1 });
      await write(token, { _id: String(insertedId), nickname: 'Bea' });
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      const tokens = answers.join().match(/eyJ[\w-]+\.[\w-]+/g) ?? [];
      const claims = tokens.map((text) => Buffer.from(text.split('.')[1] ?? '', 'base64url'));
      expect(claims.length).toBeGreaterThan(10);
      for (const text of [...answers, ...claims.map(String), gateway.logText(), metrics]) {
        // A refusal repeats the path that the client itself sent.
        expect(text.replace(/"paths":\[.*?\]/g, '')).not.toMatch(HIDDEN);
      }
    });

    test('may not be named, whether there is a value or not', async () => {
      const { accessToken } = await logInWithDocument();
      const fresh = await logInAnonymously(send);
      for (const token of [accessToken, fresh.accessToken]) {
        const answer = await write(token, { fraud: null, address: { riskScore: 987654321 } });
        expect(answer.errors?.[0]?.extensions).toMatchObject({
          code: 'FIELD_NOT_WRITABLE',
          paths: ['/fraud', '/address/riskScore'],
        });
      }
    });
  });
});

test('a file that cannot be used stops the start with every problem', async () => {
  const directory = await createTemporaryDirectory();
  const file = join(directory.path, 'schema.json');
  const start = () => startGateway({ DATA_DIR: directory.path, CUSTOM_DATA_SCHEMA_FILE: file });
  await expect(start()).rejects.toThrow(
    `The file "${file}" that CUSTOM_DATA_SCHEMA_FILE names cannot be read: it does not exist`,
  );
  await writeFile(file, '{');
  await expect(start()).rejects.toThrow('is not valid JSON');
  const properties = { a: { typo: 1 }, b: { format: 'nonsense' } };
  await writeFile(file, JSON.stringify({ type: 'object', properties }));
  await expect(start()).rejects.toThrow(/a\/typo: .*\n .*b\/format: /);
  await directory.remove();
});
