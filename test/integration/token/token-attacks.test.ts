/** No forged token is accepted by GraphQL or the App Services protocol, as access token or as refresh token. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyAdministration } from '../../../src/token/key-administration.ts';
import { createKeySealer } from '../../../src/token/key-sealer.ts';
import { createCoreClient, logInCore, type SendCore } from '../../support/core-client.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  type GraphQLAnswer,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { SIGNING_KEYS_ID } from '../../support/key-collection.ts';
import { kidOf } from '../../support/key-drill.ts';
import { decodeToken, forgeLike, forgeToken } from '../../support/test-tokens.ts';
import { ATTACKS } from '../../support/token-attacks.ts';

/** Older than what the App Services protocol takes for a mistake of the server (403). */
const AGE = 60_000;

describeOnEveryStore('a forged token', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let sendCore: SendCore;
  let clock = Date.now();
  let access = '';
  let refresh = '';
  let fixed = '';
  let key: KeyObject;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
    send = createGraphQLClient(gateway.url);
    sendCore = createCoreClient(gateway.url);
    ({ accessToken: access, refreshToken: refresh } = await logInAnonymously(send));
    fixed = (await logInCore(sendCore)).refresh_token;
    const stored = await provideStore().readAll('keys');
    const keys = stored.find(({ _id }) => _id === SIGNING_KEYS_ID)?.keys as { kid: string }[];
    const jwk = keys.find(({ kid }) => kid === kidOf(access));
    key = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    clock += AGE;
  });
  afterAll(() => gateway.stop());

  const reasonOf = ({ errors, status }: GraphQLAnswer) =>
    status === 401 ? errors?.[0]?.extensions.reason : `status ${status}`;
  /** One that says that it was made a moment ago, or will be, is 403: realm-web would refresh it without end. */
  const outcomeOf = ({ status }: { readonly status: number }) =>
    status === 401 || status === 403 ? 'refused' : `status ${status}`;
  /** Everything that takes an access token, with the reason that it gives. */
  const asAccess = async (token: string) => ({
    me: reasonOf(await send(OPERATIONS.me, { token })),
    refreshCustomData: reasonOf(await send(OPERATIONS.refreshCustomData, { token })),
    profile: outcomeOf(await sendCore('GET', '/auth/profile', { token })),
  });
  /** The same for a refresh token. */
  const asRefresh = async (token: string) => ({
    refreshSession: reasonOf(
      await send(OPERATIONS.refreshSession, { variables: { refreshToken: token } }),
    ),
    session: (await sendCore('POST', '/auth/session', { token })).status,
    logOut: (await sendCore('DELETE', '/auth/session', { token })).status,
  });
  const refusedAccess = (reason: string) => ({
    me: reason,
    refreshCustomData: reason,
    profile: 'refused',
  });
  const refusedRefresh = (reason: string) => ({
    refreshSession: reason,
    session: 401,
    logOut: 401,
  });

  test.each(ATTACKS)('with %s is refused everywhere', async (_what, make, reason) => {
    const [one, other] = await Promise.all([
      asAccess(make({ token: access, key })),
      asRefresh(make({ token: fixed, key })),
    ]);
    expect(one).toEqual(refusedAccess(reason));
    expect(other).toEqual(refusedRefresh(reason));
  });

  test('of one kind is none of the other, whichever of header and claim says so', async () => {
    const typed = (token: string, header: string, typ: string) => {
      const decoded = decodeToken(token);
      return forgeToken(key, { ...decoded.header, typ: header }, { ...decoded.payload, typ });
    };
    for (const token of [
      refresh,
      fixed,
      typed(access, 'at+jwt', 'refresh'),
      typed(access, 'rt+jwt', 'access'),
    ]) {
      expect(await asAccess(token)).toEqual(refusedAccess('TOKEN_INVALID'));
    }
    for (const token of [
      access,
      typed(fixed, 'rt+jwt', 'access'),
      typed(fixed, 'at+jwt', 'refresh'),
    ]) {
      expect(await asRefresh(token)).toEqual(refusedRefresh('TOKEN_INVALID'));
    }
  });

  test('of another installation is refused, the same app id and address or not', async () => {
    const directory = await createTemporaryDirectory();
    const others = await startGateway(
      { DATA_DIR: directory.path, PUBLIC_URL: gateway.url },
      { now: () => clock - AGE },
    );
    const session = await logInAnonymously(createGraphQLClient(others.url));
    const { refresh_token: theirs } = await logInCore(createCoreClient(others.url));
    await others.stop();
    await directory.remove();
    expect(decodeToken(session.accessToken).payload).toMatchObject({ iss: gateway.url });
    expect(await asAccess(session.accessToken)).toEqual(refusedAccess('TOKEN_INVALID'));
    expect(await asRefresh(theirs)).toEqual(refusedRefresh('TOKEN_INVALID'));
  });

  test('of 100 KB is refused before anything looks at it, in a header and in a body', async () => {
    const long = access + 'A'.repeat(100_000);
    const answer = await send(OPERATIONS.me, { token: long });
    expect(answer.status).toBe(431);
    expect((await sendCore('GET', '/auth/profile', { token: long })).status).toBe(431);
    const inBody = await send(OPERATIONS.refreshSession, { variables: { refreshToken: long } });
    expect(reasonOf(inBody)).toBe('TOKEN_MALFORMED');
  });

  test('has harmed nobody: the tokens of before are good', async () => {
    expect((await send(OPERATIONS.me, { token: access })).data.me).not.toBeNull();
    expect((await send(OPERATIONS.refreshCustomData, { token: access })).code).toBeUndefined();
    expect((await sendCore('GET', '/auth/profile', { token: access })).status).toBe(200);
    expect((await sendCore('POST', '/auth/session', { token: fixed })).status).toBe(201);
    const { data } = await send(OPERATIONS.refreshSession, {
      variables: { refreshToken: refresh },
    });
    expect(data.refreshSession.user.id).toBe(decodeToken(access).payload.sub);
  });

  describe('that is a second spelling of a good one', () => {
    /** Anybody can write s as n − s; the token is known by what is signed. */
    const respell = (token: string) => {
      const [header, payload, signature = ''] = token.split('.');
      const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
      const bytes = Buffer.from(signature, 'base64url');
      const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
      const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
      return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')}`;
    };

    test('is that token, and no other one: reuse is noticed under it as well', async () => {
      const session = await logInAnonymously(send);
      const same = await send(OPERATIONS.me, { token: respell(session.accessToken) });
      expect(same.data.me.id).toBe(session.user.id);
      const trade = (refreshToken: string) =>
        send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      let latest = session.refreshToken;
      for (let n = 0; n < 2; n += 1) {
        latest = (await trade(latest)).data.refreshSession.refreshToken;
        clock += 15_000;
      }
      expect(reasonOf(await trade(respell(session.refreshToken)))).toBe('SESSION_ENDED');
      expect(reasonOf(await trade(latest))).toBe('SESSION_ENDED');
    });
  });

  test('of a key that was retired is refused, and so is what its thief signs anew', async () => {
    const keys = createKeyAdministration({
      ...{ collection: await provideStore().openState('keys'), now: () => clock, alg: 'ES256' },
      ...{ sealer: createKeySealer([]), tokenLifeSeconds: 3600 },
    });
    await keys.withdraw(kidOf(access));
    while ((await send(OPERATIONS.me, { token: access })).status === 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const anew = forgeLike({ privateKey: key } as never, access, {
      payload: { jti: 'A'.repeat(22) },
    });
    for (const token of [access, anew]) {
      expect(await asAccess(token)).toEqual(refusedAccess('TOKEN_INVALID'));
    }
    expect(await asRefresh(fixed)).toEqual(refusedRefresh('TOKEN_INVALID'));
  });
});
