import { gql } from '@apollo/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionLinkOptions } from '../../../client/src/apollo/index.ts';
import type { Session } from '../../../client/src/types.ts';
import { ME, openApolloApp, readMe } from '../../support/client/apollo-app.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf } from '../../support/client/world.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const HALF_HOUR = 1_800_000;
const WRITE = gql`
  mutation Write($data: JSON!) {
    writeCustomUserData(newCustomUserData: $data) { user { id customData } }
  }
`;

describeOnEveryStore('the link for Apollo Client', (provideStore) => {
  let gateway: TestGateway;
  let time = Date.now();
  const now = () => time;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now });
  });
  afterAll(() => gateway.stop());

  const openApp = (options: SessionLinkOptions = {}, headers: Record<string, string> = {}) =>
    openApolloApp({ url: gateway.url, now, options, headers });

  const idOf = (session: Session) => session.user?.id;

  test('keeps the token of a write that does not ask for it, and shows it to nobody', async () => {
    const { session, client, passed, seen } = openApp();
    await session.logIn({ anonymous: true });
    const old = await session.getAccessToken();
    const { data, extensions } = await client.mutate({
      mutation: WRITE,
      variables: { data: { color: 'blue' } },
    });
    await settle();
    expect(session.user?.customData).toMatchObject({ color: 'blue' });
    const token = String(await session.getAccessToken());
    expect(token).not.toBe(old);
    expect(data).toEqual({
      writeCustomUserData: {
        __typename: 'WriteCustomUserDataPayload',
        user: {
          __typename: 'User',
          id: idOf(session),
          customData: session.user?.customData,
        },
      },
    });
    expect(await readMe(client)).toMatchObject({ customData: { color: 'blue' } });
    expect(seen[0]?.query).toContain('accessToken');
    const kept = JSON.stringify([client.extract(), passed, extensions, data]);
    expect(kept).not.toContain(token);
    expect(kept).not.toContain('accessToken');
    expect(kept).not.toContain('customUserDataClient');
  });

  test.each([
    [
      'under a name of the app',
      gql`mutation { save: writeCustomUserData(newCustomUserData: { a: 1 }) { result { acknowledged } } }`,
    ],
    [
      'several in one operation',
      gql`
        mutation {
          writeCustomUserData(newCustomUserData: { b: 1 }) { customData }
          updateCustomUserData(operations: [{ set: { path: "/a", value: 1 } }]) { customData }
        }
      `,
    ],
    [
      'in fragments',
      gql`
        mutation { ... on Mutation { ...Save } }
        fragment Save on Mutation { writeCustomUserData(newCustomUserData: { a: 1 }) { ...Written } }
        fragment Written on WriteCustomUserDataPayload { result { acknowledged } }
      `,
    ],
    [
      'that asks for the token itself',
      gql`mutation { writeCustomUserData(newCustomUserData: { a: 1 }) { accessToken } }`,
    ],
  ])('keeps the token of writes %s', async (_name, mutation) => {
    const { session, client } = openApp();
    await session.logIn({ anonymous: true });
    const { data } = await client.mutate({ mutation });
    await settle();
    expect(session.user?.customData).toMatchObject({ a: 1 });
    expect(JSON.stringify(data)).not.toContain('customUserDataClient');
  });

  test('without rewriting reads the document again after a write', async () => {
    const { session, client, seen } = openApp({ rewrite: false });
    await session.logIn({ anonymous: true });
    const changed = new Promise((resolve) => session.subscribe(resolve));
    await client.mutate({ mutation: WRITE, variables: { data: { color: 'red' } } });
    expect(seen[0]?.query).not.toContain('accessToken');
    expect(await changed).toBe('DATA_CHANGED');
    expect(session.user?.customData).toMatchObject({ color: 'red' });
  });

  test('sends nobody as nobody', async () => {
    const { client, seen } = openApp();
    expect(await readMe(client)).toBeNull();
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  test('refreshes once for ten queries over an expiry', async () => {
    const { session, client, seen, events } = openApp();
    await session.logIn({ anonymous: true });
    time += HALF_HOUR;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.query({ query: gql(`query Me${index} { me { id } }`), fetchPolicy: 'no-cache' }),
      ),
    );
    const ids = answers.map(({ data }) => (data as { readonly me: { id: string } }).me.id);
    expect(new Set(ids)).toEqual(new Set([idOf(session)]));
    await settle();
    expect([seen.length, events]).toEqual([10, ['LOGGED_IN', 'REFRESHED']]);
  });

  test.each([
    ['as a GraphQL answer', {}],
    ['as an error of HTTP', { accept: 'application/json' }],
  ])('refreshes and repeats once what is refused %s', async (_name, headers) => {
    const { session, client, seen, events } = openApp({}, headers);
    await session.logIn({ anonymous: true });
    const { getAccessToken } = session;
    const stale = await getAccessToken();
    time += HALF_HOUR;
    // As on a device that does not know that time has passed.
    Object.assign(session, {
      getAccessToken: (asked: { readonly notThis?: string | undefined }) =>
        asked.notThis === undefined ? Promise.resolve(stale) : getAccessToken(asked),
    });
    const me = await readMe(client);
    expect(me).toMatchObject({ id: idOf(session) });
    await settle();
    expect(events).toEqual(['LOGGED_IN', 'REFRESHED']);
    expect(seen).toHaveLength(2);
  });

  test('gives up after one repeat, with the code', async () => {
    const { session, client, seen, faults } = openApp();
    await session.logIn({ anonymous: true });
    faults.fetch = async () =>
      new Response(
        JSON.stringify({
          errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }],
        }),
        { status: 401, headers: { 'content-type': 'application/graphql-response+json' } },
      );
    await expect(readMe(client)).rejects.toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(seen).toHaveLength(2);
    expect(session.status).toBe('loggedIn');
  });

  test('does not repeat a mutation that is half done', async () => {
    const { session, client, seen, faults } = openApp();
    await session.logIn({ anonymous: true });
    faults.fetch = async () =>
      new Response(
        JSON.stringify({
          data: { registerUser: { userId: 'u' }, refreshCustomData: null },
          errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }],
        }),
        { headers: { 'content-type': 'application/graphql-response+json' } },
      );
    const mutation = gql`
      mutation { registerUser(email: "a", password: "b") { userId } refreshCustomData { expiresAt } }
    `;
    await expect(client.mutate({ mutation })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['200', 200, 1],
    ['401', 401, 2],
    ['502', 502, 1],
  ])('meets a page of a proxy with %s without a loop, and the session stays', async (...row) => {
    const [, status, requests] = row;
    const { session, client, seen, faults } = openApp();
    const user = await session.logIn({ anonymous: true });
    faults.fetch = async () =>
      new Response('<html>', { status, headers: { 'content-type': 'text/html' } });
    await expect(readMe(client)).rejects.toThrow();
    expect(seen).toHaveLength(requests);
    expect(session.user?.id).toBe(user.id);
  });

  test('keeps the session without a network', async () => {
    const { session, client, faults } = openApp();
    const user = await session.logIn({ anonymous: true });
    faults.fetch = () => Promise.reject(new TypeError('no network'));
    await expect(readMe(client)).rejects.toMatchObject({ message: 'no network' });
    expect(session.user).toBe(user);
  });

  describe('when the user changes', () => {
    test('the cache is emptied, and what is watched shows the next user', async () => {
      const { session, client } = openApp();
      const first = await session.logIn({ anonymous: true });
      const shown: unknown[] = [];
      const query = client.watchQuery({ query: ME });
      const watched = query.subscribe(({ data }) =>
        shown.push((data as { me?: { id: string } } | undefined)?.me?.id),
      );
      await readMe(client);
      expect(JSON.stringify(client.extract())).toContain(first.id);
      await session.logOut();
      await settle();
      expect(JSON.stringify(client.extract())).not.toContain(first.id);
      expect(query.getCurrentResult().data).toBeUndefined();
      shown.length = 0;
      const second = await session.logIn({ anonymous: true });
      await readMe(client);
      await settle();
      expect(shown).toContain(second.id);
      expect(shown).not.toContain(first.id);
      expect(JSON.stringify(client.extract())).not.toContain(first.id);
      watched.unsubscribe();
    });

    test('a late answer of the former one is let go', async () => {
      const { session, client, faults } = openApp();
      const first = await session.logIn({ anonymous: true });
      let answer: (() => void) | undefined;
      faults.fetch = () =>
        new Promise((resolve) => {
          answer = () =>
            resolve(
              new Response(JSON.stringify({ data: { me: { __typename: 'User', id: first.id } } }), {
                headers: { 'content-type': 'application/graphql-response+json' },
              }),
            );
        });
      const mutation = gql`mutation { deleteCustomUserData { user { id } } }`;
      const late = client.mutate({ mutation });
      while (answer === undefined) await settle();
      delete faults.fetch;
      await session.logOut();
      const second = await session.logIn({ anonymous: true });
      answer();
      expect(await codeOf(late)).toBe('UNAUTHENTICATED');
      expect(JSON.stringify(client.extract())).not.toContain(first.id);
      expect(session.user).toBe(second);
    });

    test('nothing is sent in the name of the next one that was meant for the former', async () => {
      const { session, client, seen } = openApp();
      await session.logIn({ anonymous: true });
      const { getAccessToken } = session;
      let next: Promise<unknown> | undefined;
      // The next user logs in while the write waits for a token.
      Object.assign(session, {
        getAccessToken: async () => {
          next ??= session.logIn({ anonymous: true });
          await next;
          return getAccessToken();
        },
      });
      const write = client.mutate({ mutation: WRITE, variables: { data: { secret: 1 } } });
      expect(await codeOf(write)).toBe('UNAUTHENTICATED');
      expect(seen).toHaveLength(0);
    });
  });
});
