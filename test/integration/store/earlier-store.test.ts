/** An update loses nothing: a store of the version before the format version, under the code of now. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EJSON } from 'bson';
import { ACCOUNT_OPERATIONS, logIn, mustLogIn } from '../../support/account-operations.ts';
import {
  type EarlierDocument,
  earlierSettings,
  HOLDERS,
  type Holder,
  restoreEarlierStore,
} from '../../support/earlier-store.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore, type ProvidedStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { HISTORY_OPERATIONS } from '../../support/history.ts';
import { SIGNING_KEYS_ID } from '../../support/key-collection.ts';

const SECOND = 1_000;

/** Other keys come beside it. */
function firstKeyOf({ keys }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return (keys as [Record<string, unknown>])[0];
}

describeOnEveryStore('a store of the version before', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let stored: readonly EarlierDocument[];
  let clock = HOLDERS.now;

  beforeAll(async () => {
    const { env } = provideStore();
    stored = await restoreEarlierStore(env);
    gateway = await startGateway(earlierSettings(env), { now: () => clock });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const realm = (path: string, token: string) =>
    fetch(`${gateway.url}/api/client/v2.0${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
  const refresh = (refreshToken: string) =>
    send(OPERATIONS.refreshSession, { variables: { refreshToken } });

  test('is whole once the gateway has started on it', async () => {
    for (const { database, name, document } of stored) {
      // What a deletion that was cut off has left may go.
      if (belongsTo(document, HOLDERS.halfDeleted.user.id)) continue;
      const collection = await openCollection(provideStore(), database, name);
      const { _id } = EJSON.deserialize(document);
      const found = await collection.findStored({ _id });
      const now = EJSON.serialize(found?.document ?? {}, { relaxed: false });
      expect(_id === SIGNING_KEYS_ID ? firstKeyOf(now) : now).toMatchObject(
        _id === SIGNING_KEYS_ID ? firstKeyOf(document) : document,
      );
    }
    expect(stored.length).toBeGreaterThan(30);
  });

  test('signs on with its key, and publishes the one that is next beside it', async () => {
    const { keys } = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    const [header = ''] = HOLDERS.anonymous.accessToken.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    expect(keys.map((key) => key.kid)).toEqual([kid, expect.any(String)]);
    const { accessToken } = await mustLogIn(send, { anonymous: true });
    expect(accessToken.split('.')[0]).toBe(header);
  });

  test('keeps its key for as long as the longest session that it has signed lasts', async () => {
    const [sessions, [document]] = [
      await provideStore().readAll('sessions'),
      (await provideStore().readAll('keys')).filter(({ _id }) => _id === SIGNING_KEYS_ID),
    ];
    const { createdAt, tokenLifeSeconds } = firstKeyOf(document ?? {}) as {
      createdAt: Date;
      tokenLifeSeconds: number;
    };
    const until = createdAt.getTime() + tokenLifeSeconds * SECOND;
    const earlier = sessions.filter(({ _id }) =>
      stored.some(({ document: { _id: id } }) => id === _id),
    );
    expect(earlier.length).toBeGreaterThan(3);
    for (const { expiresAt } of earlier)
      expect((expiresAt as Date).getTime()).toBeLessThanOrEqual(until);
  });

  const holders: readonly (readonly [string, Holder])[] = [
    ['e-mail', HOLDERS.emailPassword],
    ['linked', HOLDERS.linked],
    ['custom JWT', HOLDERS.external],
    ['anonymous', HOLDERS.anonymous],
  ];

  test.each(holders)(
    'lets the access token of the %s user in, and refreshes it',
    async (_name, holder) => {
      const me = await send(OPERATIONS.me, { token: holder.accessToken });
      expect(me.data.me.id).toBe(holder.user.id);
      const refreshed = await send(OPERATIONS.refreshCustomData, { token: holder.accessToken });
      expect(refreshed.data.refreshCustomData.user.id).toBe(holder.user.id);
    },
  );

  test.each(holders)('lets the refresh token of the %s user in', async (_name, holder) => {
    const { data } = await refresh(holder.refreshToken);
    expect(data.refreshSession.user.id).toBe(holder.user.id);
  });

  test('answers a token traded a moment before the update with its successor, which goes on', async () => {
    const { tradedAMomentAgo, latest, userId } = HOLDERS.rotating;
    const replayed = await refresh(tradedAMomentAgo);
    expect(replayed.data.refreshSession).toMatchObject({
      refreshToken: latest,
      user: { id: userId },
    });
    expect((await refresh(latest)).data.refreshSession.user.id).toBe(userId);
  });

  test('goes on with a fixed session of an App Services client', async () => {
    const answer = await realm('/auth/session', HOLDERS.fixed.refresh_token);
    expect(answer.status).toBe(201);
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect((await send(OPERATIONS.me, { token })).data.me.id).toBe(HOLDERS.fixed.user_id);
  });

  test('lets every user log in with each of their credentials', async () => {
    const { apiKey, emailPassword, external, linked } = HOLDERS;
    const cases = [
      [{ emailPassword: emailPassword.credentials }, emailPassword.user.id],
      [{ apiKey: { key: apiKey.key } }, apiKey.userId],
      [{ emailPassword: linked.email }, linked.user.id],
      [{ customJwt: { token: linked.customJwt } }, linked.user.id],
      [{ customJwt: { token: external.customJwt } }, external.user.id],
    ] as const;
    for (const [credentials, userId] of cases) {
      expect((await mustLogIn(send, credentials)).user.id).toBe(userId);
    }
  });

  test('keeps a disabled user out, and one whose deletion had begun', async () => {
    const answer = await logIn(send, { emailPassword: HOLDERS.disabled.credentials });
    expect(answer.code).toBe('INVALID_CREDENTIALS');
    expect((await refresh(HOLDERS.disabled.refreshToken)).code).toBe('UNAUTHENTICATED');
    expect((await refresh(HOLDERS.halfDeleted.refreshToken)).code).toBe('UNAUTHENTICATED');
  });

  test('lists the history, every revision as it was', async () => {
    const token = (await mustLogIn(send, { emailPassword: HOLDERS.emailPassword.credentials }))
      .accessToken;
    const { data } = await send(HISTORY_OPERATIONS.read, { token, variables: { first: 50 } });
    const revisions: { writer: string; customData: { step?: number } }[] =
      data.me.customDataHistory.edges.map(({ node }: { node: unknown }) => node);
    const byUser = revisions.filter(({ writer }) => writer === 'USER');
    expect(byUser.map(({ customData }) => customData.step)).toEqual([3, 2, 1, undefined]);
  });

  test('finds the document that a program wrote with an ObjectId for the user', async () => {
    const { external } = HOLDERS;
    const { user } = await mustLogIn(send, { customJwt: { token: external.customJwt } });
    expect(user.customData).toMatchObject({ name: 'by a program, with an ObjectId' });
  });

  test('takes the links of mails that were sent before', async () => {
    const { credentials } = HOLDERS.emailPassword;
    const { token, tokenId, ...pending } = HOLDERS.pending;
    const confirmed = await send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
    expect(confirmed.errors).toBeUndefined();
    await mustLogIn(send, { emailPassword: pending });
    const password = 'a pass phrase of now';
    const reset = await send(ACCOUNT_OPERATIONS.resetPassword, {
      variables: { ...HOLDERS.reset, password },
    });
    expect(reset.errors).toBeUndefined();
    await mustLogIn(send, { emailPassword: { email: credentials.email, password } });
  });

  test('ends the session of a token that was traded long before and has been replaced', async () => {
    const { latest, tradedLongAgo } = HOLDERS.reused;
    clock += 60 * SECOND;
    await refresh(latest);
    clock += 60 * SECOND;
    expect((await refresh(tradedLongAgo)).code).toBe('UNAUTHENTICATED');
    expect((await refresh(latest)).code).toBe('UNAUTHENTICATED');
  });
});

function belongsTo(document: EarlierDocument['document'], userId: string): boolean {
  return JSON.stringify(document).includes(userId);
}

function openCollection(
  { openDocuments, openState }: ProvidedStore,
  database: string | undefined,
  name: string,
) {
  return database === undefined ? openState(name) : openDocuments(name);
}
