import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GatewayPair, startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  decodeUnverifiedToken,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
} from '../../support/graphql-client.ts';

const WRITERS = 50;

type Attempt = (token: string, expectedRevision?: string | null) => Promise<GraphQLAnswer>;

describeOnEveryStore('compare-and-set over GraphQL', (provideStore) => {
  let pair: GatewayPair;

  beforeAll(async () => {
    pair = await startGatewayPair(provideStore().env);
  });
  afterAll(() => pair.stop());

  const write = (token: string, data: object, mode: string, expectedRevision?: string | null) =>
    pair.send(OPERATIONS.write, { token, variables: { data, mode, expectedRevision } });

  const refresh = async (token: string) =>
    (await pair.send(OPERATIONS.refreshCustomData, { token })).data.refreshCustomData;

  async function logInWithDocument(): Promise<{ token: string; revision: string }> {
    const { accessToken } = await logInAnonymously(pair.send);
    const { data } = await write(accessToken, { n: 0, list: [1] }, 'MERGE');
    const { accessToken: token, user } = data.writeCustomUserData;
    return { token, revision: user.customDataRevision };
  }

  const ways: [name: string, attempt: Attempt][] = [
    ...['MERGE', 'REPLACE', 'DEEP_MERGE'].map((mode): [string, Attempt] => [
      mode,
      (token, revision) => write(token, { n: 1 }, mode, revision),
    ]),
    [
      'updateCustomUserData',
      (token, expectedRevision) => {
        const operations = [{ increment: { path: '/n', by: 1 } }];
        return pair.send(OPERATIONS.update, { token, variables: { operations, expectedRevision } });
      },
    ],
    [
      'deleteCustomUserData',
      (token, expectedRevision) =>
        pair.send(OPERATIONS.delete, { token, variables: { expectedRevision } }),
    ],
  ];

  describe.each(ways)('%s', (name, attempt) => {
    test.each([undefined, null])('with the revision %s is unconditional', async (none) => {
      const { token } = await logInWithDocument();
      expect((await attempt(token, none)).code).toBeUndefined();
    });

    test('with the stored revision goes through', async () => {
      const { token, revision } = await logInWithDocument();
      expect((await attempt(token, revision)).code).toBeUndefined();
      expect((await refresh(token)).user.customDataRevision).not.toBe(revision);
    });

    test.each(['', 'nonsense', '0'.repeat(22)])(
      'with the revision "%s" is a conflict that writes nothing and issues no token',
      async (wrong) => {
        const { token, revision } = await logInWithDocument();
        const answer = await attempt(token, wrong);
        expect(answer).toMatchObject({ status: 200, code: 'REVISION_CONFLICT', data: null });
        expect(answer.errors?.[0]?.extensions.currentRevision).toBe(revision);
        expect(JSON.stringify(answer.errors)).not.toMatch(/eyJ/);
        const after = await refresh(token);
        expect(after.user.customDataRevision).toBe(revision);
        expect(after.customData).toMatchObject({ n: 0, list: [1] });
      },
    );

    test('with an outdated revision after an outside write is a conflict', async () => {
      const { token, revision } = await logInWithDocument();
      const { user } = await refresh(token);
      const documents = await provideStore().openDocuments();
      await documents.updateOne({ userId: user.id }, { $set: { outside: true } });
      const answer = await attempt(token, revision);
      expect(answer.code).toBe('REVISION_CONFLICT');
      const after = await refresh(token);
      expect(after.customData).toMatchObject({ n: 0, outside: true });
      expect(answer.errors?.[0]?.extensions.currentRevision).toBe(after.user.customDataRevision);
    });

    test('without a document: a revision conflicts, an empty string goes through', async () => {
      const { accessToken } = await logInAnonymously(pair.send);
      const answer = await attempt(accessToken, '0'.repeat(22));
      expect(answer.code).toBe('REVISION_CONFLICT');
      expect(answer.errors?.[0]?.extensions.currentRevision).toBeNull();
      expect((await refresh(accessToken)).customData).toBeNull();
      expect((await attempt(accessToken, '')).code).toBeUndefined();
      const isDeleted = name === 'deleteCustomUserData';
      expect((await refresh(accessToken)).customData === null).toBe(isDeleted);
    });
  });

  test('the revision is the same in token, payload, "me", refresh and log-in', async () => {
    const session = await logInAnonymously(pair.send);
    const written = (await write(session.accessToken, { a: [1, { b: 'x' }] }, 'REPLACE')).data
      .writeCustomUserData;
    const me = await pair.send(OPERATIONS.me, { token: written.accessToken });
    const refreshed = await refresh(session.accessToken);
    const { data } = await pair.send(OPERATIONS.refreshSession, {
      variables: { refreshToken: session.refreshToken },
    });
    const revisions = [
      written.user.customDataRevision,
      me.data.me.customDataRevision,
      refreshed.user.customDataRevision,
      data.refreshSession.user.customDataRevision,
      ...[written, refreshed, data.refreshSession].map(
        ({ accessToken }) => decodeUnverifiedToken(accessToken).user_data_rev,
      ),
    ];
    expect(new Set(revisions)).toEqual(new Set([expect.stringMatching(/^[\w-]{22}$/)]));
  });

  describe.each([
    ['one revision', async () => logInWithDocument()],
    [
      'no document expected',
      async () => ({ token: (await logInAnonymously(pair.send)).accessToken, revision: '' }),
    ],
  ])(`of ${WRITERS} parallel writers through two gateways with %s`, (_what, prepare) => {
    test('exactly one wins, and the others hear of a later revision', async () => {
      const { token, revision } = await prepare();
      const answers = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          write(token, { winner: writer }, 'MERGE', revision),
        ),
      );
      const winners = answers.flatMap(({ code }, writer) => (code === undefined ? [writer] : []));
      expect(winners).toHaveLength(1);
      const after = await refresh(token);
      expect(after.customData.winner).toBe(winners[0]);
      for (const { code, data, errors } of answers.filter((_, writer) => writer !== winners[0])) {
        expect({ code, data }).toEqual({ code: 'REVISION_CONFLICT', data: null });
        expect(errors?.[0]?.extensions.currentRevision).toBe(after.user.customDataRevision);
      }
    }, 20_000);
  });
});
