import { writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';

const TEXT = { type: 'string' };
const READ_ONLY = { ...TEXT, readOnly: true };
const HIDDEN = { ...READ_ONLY, writeOnly: true };

const TYPED_FIELDS = '{ __type(name: "CustomUserData") { fields { name } } }';
const WRITE = `mutation ($data: JSON!) {
  writeCustomUserData(newCustomUserData: $data) { accessToken customData } }`;

describeOnEveryStore('reloading the schema', (provideStore) => {
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let file: string;
  let issuer: LocalIssuer;
  let gateway: TestGateway;
  let send: SendOperation;

  /** Replaces the file in one step, as an operator should. */
  async function writeSchema(properties: object, rest: object = {}): Promise<void> {
    await writeFile(`${file}.new`, JSON.stringify({ type: 'object', properties, ...rest }));
    await rename(`${file}.new`, file);
  }

  async function reloadWith(properties: object): Promise<void> {
    await writeSchema(properties);
    await gateway.app.reload();
  }

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    file = join(directory.path, 'schema.json');
    issuer = await startLocalIssuer();
  });
  afterAll(async () => {
    await issuer.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    const issuers = join(directory.path, 'issuers.json');
    const trusted = { issuer: issuer.issuer, audience: 'app', jwksUrl: issuer.jwksUrl };
    await writeFile(issuers, JSON.stringify([{ ...trusted, algorithms: ['ES256'] }]));
    await writeSchema({ name: TEXT });
    gateway = await startGateway({
      ...provideStore().env,
      CUSTOM_DATA_SCHEMA_FILE: file,
      CUSTOM_JWT_ISSUERS_FILE: issuers,
    });
    send = createGraphQLClient(gateway.url);
  });
  afterEach(() => gateway.stop());

  async function typedFields(): Promise<string[]> {
    const { data } = await send(TYPED_FIELDS);
    return data.__type.fields.map(({ name }: { name: string }) => name);
  }

  const write = (token: string, data: object) => send(WRITE, { token, variables: { data } });

  /** The token of a user whose document someone else wrote. */
  async function tokenFor(document: object): Promise<string> {
    const session = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: session.user.id, ...document });
    const { data } = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
    return data.refreshCustomData.accessToken;
  }

  test('a new field becomes typed, a removed one is no longer', async () => {
    expect(await typedFields()).toEqual(['name']);
    await reloadWith({ nickname: TEXT, age: { type: 'integer' } });
    expect(await typedFields()).toEqual(['nickname', 'age']);
    expect(gateway.logText()).toContain('the schema is reloaded');
  });

  test('new constraints and a new readOnly are enforced', async () => {
    const { accessToken } = await logInAnonymously(send);
    expect((await write(accessToken, { name: 'Ann' })).code).toBeUndefined();
    await reloadWith({ name: { ...TEXT, maxLength: 3 }, role: READ_ONLY });
    expect((await write(accessToken, { name: 'Anna' })).code).toBe('CUSTOM_DATA_INVALID');
    expect((await write(accessToken, { role: 'admin' })).code).toBe('FIELD_NOT_WRITABLE');
    await reloadWith({ name: TEXT, role: TEXT });
    expect((await write(accessToken, { name: 'Anna', role: 'admin' })).code).toBeUndefined();
  });

  test('a newly hidden field is in no answer to an old token that carries it', async () => {
    const token = await tokenFor({ name: 'Ann', risk: 'CANARY' });
    expect((await send(OPERATIONS.me, { token })).data.me.customData.risk).toBe('CANARY');
    await reloadWith({ name: TEXT, risk: HIDDEN });
    const me = await send('{ me { customData customUserData { name } } }', { token });
    expect(me.data.me.customData).toMatchObject({ name: 'Ann' });
    expect(me.data.me.customUserData).toEqual({ name: 'Ann' });
    expect(JSON.stringify(me)).not.toContain('CANARY');
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    const claims = decodeUnverifiedToken(data.refreshCustomData.accessToken);
    expect(JSON.stringify(claims)).not.toContain('CANARY');
  });

  test('a broken file changes nothing; every problem is in one error and one line of the log', async () => {
    await writeSchema({ name: READ_ONLY, 'first-name': TEXT, age: { typo: true } });
    const problems = [
      { path: '/properties/age/typo', message: expect.any(String) },
      { path: '/properties/first-name', message: expect.stringContaining('x-graphql-name') },
    ];
    await expect(gateway.app.reload()).rejects.toMatchObject({ problems });
    const lines = gateway
      .logText()
      .split('\n')
      .filter((line) => line.includes('typo'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 50, problems }),
    ]);
    expect(await typedFields()).toEqual(['name']);
    const { accessToken } = await logInAnonymously(send);
    expect((await write(accessToken, { name: 'Ann', age: 'any' })).code).toBeUndefined();
  });

  test.each([
    ['is not JSON', '{"type":'],
    ['is gone', undefined],
  ])('a file that %s changes nothing', async (_name, content) => {
    if (content === undefined) await rename(file, `${file}.gone`);
    else await writeFile(file, content);
    await expect(gateway.app.reload()).rejects.toThrow('CUSTOM_DATA_SCHEMA_FILE');
    expect(await typedFields()).toEqual(['name']);
    await reloadWith({ mended: TEXT });
    expect(await typedFields()).toEqual(['mended']);
  });

  test('reloads asked for at once run one after the other, the last file counts', async () => {
    const reloads: Promise<void>[] = [];
    for (const name of ['a', 'b', 'c']) {
      await writeSchema({ [name]: TEXT });
      reloads.push(gateway.app.reload());
    }
    await writeFile(file, 'broken');
    reloads.push(gateway.app.reload());
    await writeSchema({ last: TEXT });
    reloads.push(gateway.app.reload());
    const outcomes = await Promise.allSettled(reloads);
    expect(outcomes.at(-1)?.status).toBe('fulfilled');
    expect(await typedFields()).toEqual(['last']);
  });

  test('a request that runs goes on under the schema it started with, to its end', async () => {
    const { accessToken } = await logInAnonymously(send);
    const { arrived, release } = issuer.hold();
    const claims = { sub: 'user-1', aud: 'app', exp: Math.ceil(Date.now() / 1000) + 60 };
    const running = send(
      `mutation ($jwt: String!) {
        before: writeTypedCustomUserData(newCustomUserData: { name: "before" }) { customData }
        logIn(credentials: { customJwt: { token: $jwt } }) { user { id } }
        after: writeTypedCustomUserData(newCustomUserData: { name: "after" }) {
          accessToken customData user { customUserData { name } } } }`,
      { token: accessToken, variables: { jwt: issuer.issue(claims) } },
    );
    await arrived;
    await reloadWith({ name: HIDDEN, other: TEXT });
    const meanwhile = await write(accessToken, { other: 'meanwhile' });
    expect(meanwhile.data.writeCustomUserData.customData).not.toHaveProperty('name');
    expect((await write(accessToken, { name: 'x' })).code).toBe('FIELD_NOT_WRITABLE');
    release();
    const { data, errors } = await running;
    expect(errors).toBeUndefined();
    expect(data.before.customData).toMatchObject({ name: 'before' });
    expect(data.after.customData).toMatchObject({ name: 'after', other: 'meanwhile' });
    expect(data.after.user.customUserData).toEqual({ name: 'after' });
    expect(decodeUnverifiedToken(data.after.accessToken).user_data).toMatchObject({
      name: 'after',
    });
    expect(await typedFields()).toEqual(['other']);
  });

  test('writes during many reloads never see a mixture of two schemas', async () => {
    /** Accepts only its own `mark`, and shows of `left` and `right` only the field of that name. */
    const schemaOf = (mark: string, other: string) => ({
      mark: { ...TEXT, const: mark },
      [mark]: READ_ONLY,
      [other]: HIDDEN,
    });
    await reloadWith(schemaOf('left', 'right'));
    const token = await tokenFor({ left: 'L', right: 'R' });
    const outcomes = new Map<string, number>();
    let isReloading = true;

    const writeMark = async (mark: string, other: string) => {
      const { data, code } = await send(
        `mutation { writeTypedCustomUserData(newCustomUserData: { mark: "${mark}" }) {
            accessToken customData user { customUserData { mark ${mark} } } } }`,
        { token },
      );
      const outcome = code ?? 'written';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== 'written') return;
      const { accessToken, customData, user } = data.writeTypedCustomUserData;
      const claim = decodeUnverifiedToken(accessToken).user_data;
      for (const shown of [claim, customData, user.customUserData]) {
        expect(shown).toMatchObject({ mark, [mark]: mark === 'left' ? 'L' : 'R' });
        expect(shown).not.toHaveProperty(other);
      }
    };
    const writer = async (mark: string, other: string) => {
      while (isReloading) await writeMark(mark, other);
    };
    const writers = [
      ...[writer('left', 'right'), writer('right', 'left')],
      ...[writer('left', 'right'), writer('right', 'left')],
    ];
    for (let count = 0; count < 30; count += 1) {
      await reloadWith(count % 2 === 0 ? schemaOf('right', 'left') : schemaOf('left', 'right'));
    }
    isReloading = false;
    await Promise.all(writers);
    // A request that does not fit the schema in force is refused as a whole, before it writes.
    expect([...outcomes.keys()].sort()).toEqual(['GRAPHQL_VALIDATION_FAILED', 'written']);
  }, 30_000);
});

describe('a reload', () => {
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  beforeEach(async () => {
    directory = await createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  test('without a schema file says that there is nothing to reload', async () => {
    const gateway = await startGateway({ DATA_DIR: directory.path });
    await gateway.app.reload();
    expect(gateway.logText()).toContain('nothing to reload');
    await gateway.stop();
  });

  test('before the start, during it, during the stop and after it is harmless', async () => {
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify({ type: 'object', properties: { name: TEXT } }));
    const env = { PORT: '0', DATA_DIR: directory.path, CUSTOM_DATA_SCHEMA_FILE: file };
    const parsed = parseConfig(env);
    if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
    const app = createApp(parsed.config, { log: createLog('silent') });
    await app.reload();
    const starting = app.start();
    const reloading = app.reload();
    await starting;
    await reloading;
    const { data } = await createGraphQLClient(app.url())(TYPED_FIELDS);
    expect(data.__type.fields).toEqual([{ name: 'name' }]);
    const reloadingStill = app.reload();
    const stopping = app.stop();
    await app.reload();
    await Promise.all([reloadingStill, stopping]);
    await app.reload();
  });

  test('during a start reads what was written after the start had read the file', async () => {
    const file = join(directory.path, 'schema.json');
    const schema = (name: string) =>
      JSON.stringify({ type: 'object', properties: { [name]: TEXT } });
    await writeFile(file, schema('old'));
    const parsed = parseConfig({
      ...{ PORT: '0', DATA_DIR: directory.path, CUSTOM_DATA_SCHEMA_FILE: file },
    });
    if (parsed.type === 'error') throw new Error(parsed.problems.join('; '));
    const app = createApp(parsed.config, {
      log: createLog('silent'),
      // The start reads the file before it asks the store for anything.
      onStoreOperation: () => writeFileSync(file, schema('new')),
    });
    const starting = app.start();
    const reloading = app.reload();
    await Promise.all([starting, reloading]);
    const { data } = await createGraphQLClient(app.url())(TYPED_FIELDS);
    expect(data.__type.fields).toEqual([{ name: 'new' }]);
    await app.stop();
  });
});
