/** Claims of the operator's own, in every token that the gateway issues. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Document } from '../../../src/values/documents.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { HISTORY_OPERATIONS } from '../../support/history.ts';
import { type ClaimsFiles, ownClaimsOf, writeClaimsFiles } from '../../support/own-claims.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    role: { type: 'string', readOnly: true },
    nickname: { type: 'string' },
    teams: { type: 'array', readOnly: true, items: { type: 'string' } },
  },
};

const CLAIMS = {
  role: { $path: '/role', default: 'user' },
  'https://hasura.io/jwt/claims': {
    'x-hasura-default-role': { $path: '/role', default: 'user' },
    'x-hasura-user-id': { $claim: 'sub' },
    'x-hasura-allowed-roles': ['user', { $path: '/teams/0' }],
  },
  team: { $path: '/teams/0' },
  nickname: { $path: '/nickname', isUserWritable: true },
};

const BUDGET_BYTES = 2048;

describeOnEveryStore('own claims', (provideStore) => {
  let files: ClaimsFiles;
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    files = await writeClaimsFiles(CLAIMS, SCHEMA);
    gateway = await startGateway({
      ...provideStore().env,
      ...files.env,
      CUSTOM_DATA_HISTORY: '5',
      TOKEN_BUDGET_BYTES: String(BUDGET_BYTES),
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await files.remove();
  });

  /** What someone with access to the database writes. */
  const writeOutside = async (userId: string, document: Document) => {
    const documents = await provideStore().openDocuments();
    await documents.updateOne({ userId }, { $set: document }, { upsert: true });
  };
  const hasuraOf = (userId: string, role: string, team?: string) => ({
    'x-hasura-default-role': role,
    'x-hasura-user-id': userId,
    'x-hasura-allowed-roles': team === undefined ? ['user'] : ['user', team],
  });

  test('are in the first token of a user, without a document too', async () => {
    const { accessToken, user } = await logInAnonymously(send);
    expect(ownClaimsOf(accessToken)).toStrictEqual({
      role: 'user',
      'https://hasura.io/jwt/claims': hasuraOf(user.id, 'user'),
    });
  });

  test('follow the document at every refresh, and no refresh token has them', async () => {
    const { accessToken, refreshToken, user } = await logInAnonymously(send);
    await writeOutside(user.id, { role: 'editor', teams: ['red'] });
    const expected = {
      role: 'editor',
      team: 'red',
      'https://hasura.io/jwt/claims': hasuraOf(user.id, 'editor', 'red'),
    };
    const custom = await send(OPERATIONS.refreshCustomData, { token: accessToken });
    expect(ownClaimsOf(custom.data.refreshCustomData.accessToken)).toStrictEqual(expected);
    const session = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
    const refreshed = session.data.refreshSession;
    expect(ownClaimsOf(refreshed.accessToken)).toStrictEqual(expected);
    expect(ownClaimsOf(refreshed.refreshToken)).toStrictEqual({});
  });

  test('follow writes, operators, what is brought back, and the deletion of the document', async () => {
    const { accessToken: token, user } = await logInAnonymously(send);
    await writeOutside(user.id, { role: 'editor' });
    const claimsAfter = async (query: string, name: string, variables: object = {}) => {
      const { data, code } = await send(query, { token, variables });
      expect(code).toBeUndefined();
      const { nickname, role } = ownClaimsOf(data[name].accessToken);
      return { nickname, role, revision: data[name].user.customDataRevision };
    };
    const data = { nickname: 'Ada' };
    const first = await claimsAfter(OPERATIONS.write, 'writeCustomUserData', { data });
    expect(first).toMatchObject({ nickname: 'Ada', role: 'editor' });
    const operations = [{ set: { path: '/nickname', value: 'Bob' } }];
    const second = await claimsAfter(OPERATIONS.update, 'updateCustomUserData', { operations });
    expect(second).toMatchObject({ nickname: 'Bob', role: 'editor' });
    // Brought back is what the user may write, not the role of that time.
    await writeOutside(user.id, { role: 'viewer' });
    const { revision } = first;
    const back = await claimsAfter(HISTORY_OPERATIONS.restore, 'restoreCustomUserData', {
      revision,
    });
    expect(back).toMatchObject({ nickname: 'Ada', role: 'viewer' });
    const gone = await claimsAfter(OPERATIONS.delete, 'deleteCustomUserData');
    expect(gone).toMatchObject({ nickname: undefined, role: 'user' });
  });

  test('are not what a user wants them to be', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    const write = await send(OPERATIONS.write, { token, variables: { data: { role: 'admin' } } });
    expect(write.code).toBe('FIELD_NOT_WRITABLE');
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    expect(ownClaimsOf(data.refreshCustomData.accessToken).role).toBe('user');
  });

  test('are in the tokens of App Services clients, beside user_data', async () => {
    const { app } = createRealmClient(gateway.url);
    const user = await app.logIn(Credentials.anonymous(false));
    await writeOutside(user.id, { role: 'editor' });
    await user.refreshCustomData();
    const { accessToken } = user;
    expect(ownClaimsOf(accessToken ?? '')).toMatchObject({ role: 'editor' });
    expect(decodeUnverifiedToken(accessToken ?? '').user_data).toMatchObject({ role: 'editor' });
    expect(user.customData).toMatchObject({ role: 'editor' });
  });

  test('cost "me" no store operation and change nothing of its answer', async () => {
    const session = await logInAnonymously(send);
    gateway.takeStoreOperations();
    for (let time = 0; time < 3; time += 1) {
      const { data } = await send(OPERATIONS.me, { token: session.accessToken });
      expect(data.me).toStrictEqual(session.user);
    }
    expect(gateway.takeStoreOperations()).toStrictEqual([]);
  });

  describe('count in the budget of the token', () => {
    test('of a write, which is refused with the size that the token would have had', async () => {
      const { accessToken: token } = await logInAnonymously(send);
      const write = async (length: number) => {
        const data = { nickname: 'x'.repeat(length) };
        const answer = await send(OPERATIONS.write, { token, variables: { data } });
        return { ...answer, accessToken: answer.data?.writeCustomUserData.accessToken };
      };
      // It is in user_data and in the claim, so two bytes for one, and four thirds of that in base64url.
      const small = await write(100);
      const room = BUDGET_BYTES - `Bearer ${small.accessToken}`.length;
      const fits = await write(100 + Math.floor(((room - 4) * 3) / 8));
      expect(fits.code).toBeUndefined();
      expect(`Bearer ${fits.accessToken}`.length).toBeGreaterThan(BUDGET_BYTES - 16);
      const refused = await write(100 + Math.ceil(((room + 8) * 3) / 8));
      expect(refused.code).toBe('CUSTOM_DATA_TOO_LARGE');
      const details = refused.errors?.[0]?.extensions;
      const size = details?.size;
      expect(details?.budget).toBe(BUDGET_BYTES);
      expect(size).toBeGreaterThan(BUDGET_BYTES);
      expect(size).toBeLessThan(BUDGET_BYTES + 32);
    });

    test('of a token that leaves out the document, and keeps the claims', async () => {
      const { accessToken: token, user } = await logInAnonymously(send);
      await writeOutside(user.id, { role: 'editor', notes: 'x'.repeat(BUDGET_BYTES) });
      const { data } = await send(OPERATIONS.refreshCustomData, { token });
      const claims = decodeUnverifiedToken(data.refreshCustomData.accessToken);
      expect(claims).toMatchObject({ role: 'editor', user_data_bytes: expect.any(Number) });
      expect(claims).not.toHaveProperty('user_data');
    });

    test('of one that leaves out both, rather than say that the role is another', async () => {
      const { accessToken, refreshToken, user } = await logInAnonymously(send);
      await writeOutside(user.id, { role: 'x'.repeat(BUDGET_BYTES) });
      const custom = await send(OPERATIONS.refreshCustomData, { token: accessToken });
      const session = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      for (const token of [
        custom.data.refreshCustomData.accessToken,
        session.data.refreshSession.accessToken,
      ]) {
        expect(ownClaimsOf(token)).toStrictEqual({});
        expect(decodeUnverifiedToken(token).user_data_bytes).toBeGreaterThan(BUDGET_BYTES);
        expect(`Bearer ${token}`.length).toBeLessThan(BUDGET_BYTES);
        const me = await send('{ me { id customData } }', { token });
        expect(me.code).toBe('CUSTOM_DATA_TOO_LARGE');
        expect(me.data.me.id).toBe(user.id);
      }
    });
  });
});

describeOnEveryStore('a claims file that comes, changes and goes', (provideStore) => {
  test('leaves the tokens of before good, and is in the next ones', async () => {
    const files = await writeClaimsFiles({ tier: 'first' });
    const { env } = provideStore();
    const run = async (more: object, presented?: string) => {
      const gateway = await startGateway({ ...env, ...more });
      const send = createGraphQLClient(gateway.url);
      try {
        const token = presented ?? (await logInAnonymously(send)).accessToken;
        expect((await send(OPERATIONS.me, { token })).data.me).toMatchObject({ customData: null });
        const { data } = await send(OPERATIONS.refreshCustomData, { token });
        return data.refreshCustomData.accessToken as string;
      } finally {
        await gateway.stop();
      }
    };
    const none = await run({});
    expect(ownClaimsOf(none)).toStrictEqual({});
    const first = await run(files.env, none);
    expect(ownClaimsOf(first)).toStrictEqual({ tier: 'first' });
    await files.rewrite({ tier: 'second', since: { $claim: 'iat' } });
    const second = await run(files.env, first);
    expect(ownClaimsOf(second)).toMatchObject({ tier: 'second' });
    expect(ownClaimsOf(second).since).toBe(decodeUnverifiedToken(second).iat);
    expect(ownClaimsOf(await run({}, second))).toStrictEqual({});
    await files.remove();
  });

  test('does not start the gateway if a user may write what it is made of', async () => {
    const files = await writeClaimsFiles({ role: { $path: '/nickname' }, sub: 1 }, SCHEMA);
    const starting = startGateway({ ...provideStore().env, ...files.env });
    await expect(starting).rejects.toMatchObject({
      name: 'ClaimsFileError',
      problems: [{ path: '/sub', message: expect.stringContaining('RFC 7519') }],
    });
    await files.rewrite({ a: [{ role: { $path: '/nickname' } }] });
    const again = startGateway({ ...provideStore().env, ...files.env });
    await expect(again).rejects.toThrow(
      /CLAIMS_FILE[\s\S]*\/a\/0\/role: "\/nickname" is a field that users may write/,
    );
    await files.remove();
  });
});
