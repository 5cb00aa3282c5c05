import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WRITE_MODES } from '../../../src/custom-data/write-mode.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { STORED, WRITE_MODE_CASES } from '../../support/write-mode.cases.ts';

const ROWS = WRITE_MODES.flatMap((mode) => WRITE_MODE_CASES.map((row) => ({ mode, ...row })));

describeOnEveryStore('write modes over GraphQL', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const write = (token: string, data: unknown, mode?: string) =>
    send(OPERATIONS.write, { token, variables: { data, mode } });

  async function logInWithDocument(data: object) {
    const { accessToken, user } = await logInAnonymously(send);
    const { data: answer } = await write(accessToken, data);
    const identity = { _id: answer.writeCustomUserData.result.upsertedId, userId: user.id };
    return { token: String(answer.writeCustomUserData.accessToken), identity };
  }

  test.each(ROWS)('$mode, $what', async ({ mode, input, results }) => {
    const { token, identity } = await logInWithDocument(STORED);
    const { data } = await write(token, input, mode);
    const { accessToken, customData, result } = data.writeCustomUserData;
    expect(customData).toEqual({ ...results[mode], ...identity });
    const isChanged = JSON.stringify(results[mode]) !== JSON.stringify(STORED);
    expect(result).toMatchObject({ matchedCount: 1, modifiedCount: isChanged ? 1 : 0 });
    const me = await send(OPERATIONS.me, { token: accessToken });
    expect(me.data.me.customData).toEqual(customData);
  });

  describe.each(WRITE_MODES)('%s', (mode) => {
    test('makes the document if there is none', async () => {
      const { accessToken, user } = await logInAnonymously(send);
      const { data } = await write(accessToken, { a: { b: 1 }, c: [{ d: null }] }, mode);
      const { customData, result } = data.writeCustomUserData;
      expect(customData).toEqual({
        _id: result.upsertedId,
        userId: user.id,
        a: { b: 1 },
        c: [{ d: null }],
      });
    });

    test('takes the whole document back as no change, identity included', async () => {
      const { token } = await logInWithDocument(STORED);
      const before = (await send(OPERATIONS.refreshCustomData, { token })).data.refreshCustomData;
      const { data } = await write(token, before.customData, mode);
      expect(data.writeCustomUserData.result).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
      expect(data.writeCustomUserData.user.customDataRevision).toBe(before.user.customDataRevision);
    });

    test.each([
      ['another user id', { userId: '0123456789abcdef01234567' }, ['/userId']],
      ['null for the identity', { _id: null, userId: null }, ['/_id', '/userId']],
      ['a dollar sign and a dot, deep', { a: [{ $set: 1, 'b.c': 2 }] }, ['/a/0/$set', '/a/0/b.c']],
    ])('refuses %s and changes nothing', async (_what, data, paths) => {
      const { token, identity } = await logInWithDocument(STORED);
      const answer = await write(token, data, mode);
      expect(answer).toMatchObject({ status: 200, code: 'FIELD_NOT_WRITABLE', data: null });
      expect(answer.errors?.[0]?.extensions.paths).toEqual(paths);
      const after = await send(OPERATIONS.refreshCustomData, { token });
      expect(after.data.refreshCustomData.customData).toEqual({ ...STORED, ...identity });
    });
  });

  test('DEEP_MERGE from parallel writers of one object loses nothing', async () => {
    const { token } = await logInWithDocument({});
    const names = Array.from({ length: 30 }, (_, index) => `field${index}`);
    const answers = await Promise.all(
      names.map((name) => write(token, { shared: { [name]: name } }, 'DEEP_MERGE')),
    );
    expect(answers.map(({ code }) => code)).toEqual(names.map(() => undefined));
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    expect(data.refreshCustomData.customData.shared).toEqual(
      Object.fromEntries(names.map((name) => [name, name])),
    );
  });

  test('a mode that does not exist is refused by the schema', async () => {
    const { accessToken } = await logInAnonymously(send);
    const answer = await write(accessToken, {}, 'OVERWRITE');
    expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });
});
