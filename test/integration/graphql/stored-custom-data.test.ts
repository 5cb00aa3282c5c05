/** What is stored now, beside the snapshot in the token, without a schema. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { createRounds } from '../../support/rounds.ts';
import { withSteps } from '../../support/store-steps.ts';

const STORED = `{ me { customData customDataRevision storedCustomData
  plain: storedCustomData(format: PLAIN) storedCustomDataRevision } }`;

describeOnEveryStore('what is stored', (provideStore) => {
  const rounds = createRounds();
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { wrapStore: withSteps(rounds.before) });
    send = createGraphQLClient(gateway.url);
    await rounds.afterSweep;
  });
  afterAll(() => gateway.stop());

  test('is nothing, without a revision, before there is a document', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    const { data } = await send(STORED, { token });
    expect(data.me).toEqual({
      customData: null,
      customDataRevision: null,
      storedCustomData: null,
      plain: null,
      storedCustomDataRevision: null,
    });
  });

  test('is what the token shows until somebody else writes, and then what they wrote', async () => {
    const session = await logInAnonymously(send);
    const written = await send(OPERATIONS.write, {
      token: session.accessToken,
      variables: { data: { color: 'blue' } },
    });
    const token = written.data.writeCustomUserData.accessToken;
    const { data: same } = await send(STORED, { token });
    expect(same.me.storedCustomData).toEqual(same.me.customData);
    expect(same.me.storedCustomDataRevision).toBe(same.me.customDataRevision);

    const documents = await provideStore().openDocuments();
    await documents.updateOne({ userId: session.user.id }, { $set: { color: 'red' } });
    const { data: other } = await send(STORED, { token });
    expect(other.me.customData.color).toBe('blue');
    expect(other.me.storedCustomData.color).toBe('red');
    expect(other.me.plain.color).toBe('red');
    expect(other.me.customDataRevision).toBe(same.me.customDataRevision);
    const refreshed = await send(OPERATIONS.refreshCustomData, { token });
    expect(refreshed.data.refreshCustomData.user.customDataRevision).toBe(
      other.me.storedCustomDataRevision,
    );
  });

  test('is read once, however many fields show it, with the session at the same time', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    expect(await rounds.of(() => send(STORED, { token }))).toEqual([
      ['custom-user-data.findStored', 'sessions.findOne'],
    ]);
  });

  test('is shown as it is after each write of one request', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    const write = (name: string) =>
      `${name}: writeCustomUserData(newCustomUserData: {last: "${name}"}) {
        user { customDataRevision storedCustomData storedCustomDataRevision } }`;
    const { data } = await send(`mutation { ${write('a')} ${write('b')} }`, { token });
    for (const name of ['a', 'b']) {
      const { user } = data[name];
      expect(user.storedCustomData.last).toBe(name);
      expect(user.storedCustomDataRevision).toBe(user.customDataRevision);
    }
  });

  test('is for sessions that go on', async () => {
    const { accessToken: token } = await logInAnonymously(send);
    await send(OPERATIONS.logOut, { token });
    const answer = await send('{ me { id storedCustomDataRevision } }', { token });
    expect(answer.errors?.[0]).toMatchObject({
      path: ['me', 'storedCustomDataRevision'],
      extensions: { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
    });
    expect(answer.data.me.id).toMatch(/^[0-9a-f]{24}$/);
  });
});
