import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { tokenOfWritten } from '../../support/schema-gateway.ts';

const TEXT = { type: 'string' };
const READ_ONLY = { ...TEXT, readOnly: true };
const HIDDEN = { ...READ_ONLY, writeOnly: true };

const TYPED_FIELDS = '{ __type(name: "CustomUserData") { fields { name } } }';
const WRITE = `mutation ($data: JSON!) {
  writeCustomUserData(newCustomUserData: $data) { accessToken customData } }`;

describeOnEveryStore('a start with another schema', (provideStore) => {
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let file: string;
  let gateway: TestGateway;
  let send: SendOperation;

  async function startWith(properties: object): Promise<void> {
    await writeFile(file, JSON.stringify({ type: 'object', properties }));
    gateway = await startGateway({ ...provideStore().env, CUSTOM_DATA_SCHEMA_FILE: file });
    send = createGraphQLClient(gateway.url);
  }

  async function restartWith(properties: object): Promise<void> {
    await gateway.stop();
    await startWith(properties);
  }

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    file = join(directory.path, 'schema.json');
  });
  afterAll(() => directory.remove());
  beforeEach(() => startWith({ name: TEXT }));
  afterEach(() => gateway.stop());

  async function typedFields(): Promise<string[]> {
    const { data } = await send(TYPED_FIELDS);
    return data.__type.fields.map(({ name }: { name: string }) => name);
  }

  const write = (token: string, data: object) => send(WRITE, { token, variables: { data } });

  const tokenFor = (document: object) => tokenOfWritten(send, provideStore(), document);

  test('a new field becomes typed, a removed one is no longer', async () => {
    expect(await typedFields()).toEqual(['name']);
    await restartWith({ nickname: TEXT, age: { type: 'integer' } });
    expect(await typedFields()).toEqual(['nickname', 'age']);
  });

  test('new constraints and a new readOnly are enforced', async () => {
    const { accessToken } = await logInAnonymously(send);
    expect((await write(accessToken, { name: 'Ann' })).code).toBeUndefined();
    await restartWith({ name: { ...TEXT, maxLength: 3 }, role: READ_ONLY });
    expect((await write(accessToken, { name: 'Anna' })).code).toBe('CUSTOM_DATA_INVALID');
    expect((await write(accessToken, { role: 'admin' })).code).toBe('FIELD_NOT_WRITABLE');
    await restartWith({ name: TEXT, role: TEXT });
    expect((await write(accessToken, { name: 'Anna', role: 'admin' })).code).toBeUndefined();
  });

  test('a newly hidden field is in no answer to an old token that carries it', async () => {
    const token = await tokenFor({ name: 'Ann', risk: 'CANARY' });
    expect((await send(OPERATIONS.me, { token })).data.me.customData.risk).toBe('CANARY');
    await restartWith({ name: TEXT, risk: HIDDEN });
    const me = await send('{ me { customData customUserData { name } } }', { token });
    expect(me.data.me.customData).toMatchObject({ name: 'Ann' });
    expect(me.data.me.customUserData).toEqual({ name: 'Ann' });
    expect(JSON.stringify(me)).not.toContain('CANARY');
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    const claims = decodeUnverifiedToken(data.refreshCustomData.accessToken);
    expect(JSON.stringify(claims)).not.toContain('CANARY');
  });
});
