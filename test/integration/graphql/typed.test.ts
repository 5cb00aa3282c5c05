import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Decimal128, Long, ObjectId, UUID } from '../../../src/bson.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';
import { tokenOfWritten, useSchemaGateway } from '../../support/schema-gateway.ts';

const FIELDS = `nickname age score subscribed theme tags role plan { level } address { city verified }
  born visits balance device friend avatar anything`;
const ME = `{ me { customUserData { ${FIELDS} } } }`;
const WRITE = `mutation ($data: CustomUserDataInput!, $mode: WriteMode! = MERGE, $expected: String) {
  writeTypedCustomUserData(newCustomUserData: $data, mode: $mode, expectedRevision: $expected) {
    accessToken customData(format: CANONICAL) user { customUserData { ${FIELDS} } } } }`;

const TYPED = {
  nickname: 'Ann',
  age: 20,
  score: 1.5,
  subscribed: true,
  theme: 'dark',
  tags: ['a', 'b'],
  address: { city: 'Rome' },
  born: '2001-02-03T04:05:06.789Z',
  visits: '9007199254740993',
  balance: '1.10',
  device: '73ffd264-44b3-4c69-90e8-e7d1dfc035d4',
  friend: '63ed2e4fb7f367c92578e527',
  avatar: 'AQI=',
  anything: { nested: [1, 'x', null] },
};

describe.each(['canonical', 'relaxed'])('the typed API with %s claims', (encoding) => {
  describeOnEveryStore('documents', (provideStore) => {
    const schema = { ...PROFILE_SCHEMA, additionalProperties: true };
    const { gateway, send } = useSchemaGateway(provideStore, schema, {
      CUSTOM_DATA_CLAIM_ENCODING: encoding,
    });

    const tokenFor = (document: object) => tokenOfWritten(send, provideStore(), document);

    test('what is written typed is stored with its BSON types and read typed, from claims alone', async () => {
      const session = await logInAnonymously(send);
      const written = await send(WRITE, {
        token: session.accessToken,
        variables: { data: { ...TYPED, photos: ['https://example.com/1'] } },
      });
      expect(written.errors).toBeUndefined();
      const { accessToken, customData, user } = written.data.writeTypedCustomUserData;
      const expected = {
        ...TYPED,
        role: null,
        plan: null,
        address: { city: 'Rome', verified: null },
      };
      expect(user.customUserData).toEqual(expected);
      expect(customData).not.toHaveProperty('photos');
      const documents = await provideStore().openDocuments();
      const stored = await documents.findStored({ userId: session.user.id });
      expect(stored?.document).toMatchObject({
        born: new Date(TYPED.born),
        visits: Long.fromString(TYPED.visits),
        balance: Decimal128.fromString(TYPED.balance),
        device: new UUID(TYPED.device).toBinary(),
        friend: new ObjectId(TYPED.friend),
      });
      gateway().takeStoreOperations();
      const me = await send(ME, { token: accessToken });
      expect(me.data.me.customUserData).toEqual(expected);
      expect(gateway().takeStoreOperations()).toEqual([]);
    });

    test('no document is null, and so are fields that are absent', async () => {
      const session = await logInAnonymously(send);
      expect((await send(ME, { token: session.accessToken })).data.me.customUserData).toBeNull();
      const token = await tokenFor({ nickname: null });
      const { data, errors } = await send(ME, { token });
      expect(errors).toBeUndefined();
      expect(Object.values(data.me.customUserData).every((value) => value === null)).toBe(true);
    });

    test('a field that does not fit is an error of that field; the rest and the JSON stay', async () => {
      const token = await tokenFor({
        ...{ nickname: 'Ann', age: 2 ** 40, score: 'high', subscribed: 1, theme: 'pink' },
        ...{ tags: ['a', 1], role: 'member', address: 'Rome', born: '2001-02-03', visits: 1.5 },
        ...{ balance: 1, device: 'x', friend: 'x', avatar: 'x', plan: { level: 'x' } },
      });
      const answer = await send(`{ me { customData customUserData { ${FIELDS} } } }`, { token });
      expect(answer.status).toBe(200);
      expect(answer.data.me.customData).toMatchObject({ age: 2 ** 40, theme: 'pink' });
      expect(answer.data.me.customUserData).toMatchObject({
        ...{ nickname: 'Ann', role: 'member', age: null, tags: null, plan: { level: null } },
      });
      const wrong = ['age', 'score', 'subscribed', 'theme', 'tags', 'address', 'born', 'visits'];
      const paths = (answer.errors ?? []).map((error) => {
        expect(error.extensions.code).toBe('CUSTOM_DATA_INVALID');
        return (error.extensions.violations as { path: string }[])[0]?.path;
      });
      expect(paths.sort()).toEqual(
        [
          ...[...wrong, 'balance', 'device', 'friend', 'avatar'].map((name) =>
            name === 'tags' ? '/tags/1' : `/${name}`,
          ),
          '/plan/level',
        ].sort(),
      );
    });

    test('modes, expected revision and validation are those of the untyped write', async () => {
      const session = await logInAnonymously(send);
      const write = (data: object, rest: object = {}) =>
        send(WRITE, { token: session.accessToken, variables: { data, ...rest } });
      expect((await write({ age: 20 }, { expected: 'other' })).code).toBe('REVISION_CONFLICT');
      expect((await write({ age: 5 })).code).toBe('CUSTOM_DATA_INVALID');
      await write({ age: 20, nickname: 'Ann' }, { expected: '' });
      const merged = await write({ address: { city: 'Rome' }, age: null }, { mode: 'DEEP_MERGE' });
      const { customData } = merged.data.writeTypedCustomUserData;
      expect(customData).toMatchObject({ nickname: 'Ann', address: { city: 'Rome' } });
      expect(customData).not.toHaveProperty('age');
    });

    test.each([
      ['a field that others write', { role: 'admin' }],
      ['a hidden field', { fraud: {} }],
      ['a nested one', { address: { riskScore: 1 } }],
      ['a member that a writeOnly object has not', { recovery: { other: 'x' } }],
      ['an int64 out of range', { visits: '9223372036854775808' }],
      ['an unsafe number as int64', { visits: 2 ** 53 }],
      ['a date without a time', { born: '2001-02-03' }],
      ['a date that does not exist', { born: '2001-02-30T25:00:00Z' }],
      ['no ObjectId', { friend: 'x' }],
      ['no UUID', { device: '1234' }],
      ['no base64', { avatar: '?' }],
      ['no decimal', { balance: '1,1' }],
      ['no value of the enumeration', { theme: 'pink' }],
      ['null in a list without', { tags: [null] }],
    ])('%s cannot be written', async (_what, data) => {
      const session = await logInAnonymously(send);
      const answer = await send(WRITE, { token: session.accessToken, variables: { data } });
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    });

    test('values may be written in the query itself', async () => {
      const session = await logInAnonymously(send);
      const { data, errors } = await send(
        `mutation { writeTypedCustomUserData(newCustomUserData: { theme: light, visits: 9007199254740993,
          born: "2001-02-03T05:05:06+01:00", address: { city: "Rome" }, tags: ["a"] }) {
            user { customUserData { theme visits born address { city } tags } } } }`,
        { token: session.accessToken },
      );
      expect(errors).toBeUndefined();
      expect(data.writeTypedCustomUserData.user.customUserData).toEqual({
        ...{ theme: 'light', visits: '9007199254740993', born: '2001-02-03T04:05:06.000Z' },
        ...{ address: { city: 'Rome' }, tags: ['a'] },
      });
    });

    test('storedCustomData reads the store, without hidden fields, for sessions that go on', async () => {
      const session = await logInAnonymously(send);
      const documents = await provideStore().openDocuments();
      const photos = ['https://example.com/1'];
      const hidden = { fraud: { level: 1 }, plan: { level: 2, invoice: 'x' } };
      const stored =
        '{ me { customData storedCustomData canonical: storedCustomData(format: CANONICAL) } }';
      const before = await send(stored, { token: session.accessToken });
      expect(before.data.me).toEqual({ customData: null, storedCustomData: null, canonical: null });
      await documents.insertOne({ userId: session.user.id, photos, ...hidden });
      const { data } = await send(stored, { token: session.accessToken });
      expect(data.me).toMatchObject({
        customData: null,
        storedCustomData: { userId: session.user.id, photos, plan: { level: 2 } },
        canonical: { plan: { level: { $numberInt: '2' } } },
      });
      expect(JSON.stringify(data)).not.toMatch(/fraud|invoice/);
      await send(OPERATIONS.logOut, { token: session.accessToken });
      const after = await send(stored, { token: session.accessToken });
      expect(after.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
      expect(after.data.me.storedCustomData).toBeNull();
    });

    test('introspection shows no hidden field', async () => {
      const { data } = await send(
        '{ __schema { types { name fields { name } inputFields { name } } } }',
      );
      const types = JSON.stringify(data);
      expect(types).toContain('CustomUserDataAddressInput');
      expect(types).not.toMatch(/fraud|riskScore|invoice/i);
      const named = (name: string) =>
        data.__schema.types.find((type: { name: string }) => type.name === name);
      expect(JSON.stringify(named('CustomUserDataInput'))).toMatch(/"pin".*"recovery"/);
      expect(JSON.stringify(named('CustomUserData'))).not.toMatch(/"pin"|"recovery"/);
    });
  });
});

test('a token issued under another schema shows nothing that is hidden now', async () => {
  const directory = await createTemporaryDirectory();
  const file = join(directory.path, 'schema.json');
  const start = async (properties: object) => {
    await writeFile(file, JSON.stringify({ type: 'object', properties }));
    return startGateway({
      DATA_DIR: directory.path,
      CUSTOM_DATA_SCHEMA_FILE: file,
      PUBLIC_URL: 'http://gateway.example',
    });
  };
  const open = await start({ a: { type: 'string' }, b: { type: 'string' } });
  const send = createGraphQLClient(open.url);
  const { accessToken } = await logInAnonymously(send);
  const written = await send(OPERATIONS.write, {
    token: accessToken,
    variables: { data: { a: 'x', b: 'y' } },
  });
  await open.stop();
  const closed = await start({ a: { type: 'string' }, b: { type: 'string', writeOnly: true } });
  const me = await createGraphQLClient(closed.url)('{ me { customData customUserData { a } } }', {
    token: written.data.writeCustomUserData.accessToken,
  });
  expect(me.data.me.customUserData).toEqual({ a: 'x' });
  expect(me.data.me.customData).not.toHaveProperty('b');
  await closed.stop();
  await directory.remove();
});
