import { ApolloClient, CombinedGraphQLErrors, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { expect, test } from '@jest/globals';
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { CHANGED, createEars, openWebSocketClient, toHeard } from '../../support/words.ts';

// Apollo's link asks for the class of browsers, which Node.js 20 lacks.
Object.assign(globalThis, { WebSocket });

const gateway = useEmbeddedGateway();

async function setUp() {
  const send = createGraphQLClient(gateway().url);
  const { data } = await send(OPERATIONS.logInAnonymously);
  const token = data.logIn.accessToken as string;
  const write = async (fields: object) => {
    await send(OPERATIONS.write, { token, variables: { data: fields } });
  };
  return { send, token, write };
}

const toEnd = (error: unknown) =>
  CombinedGraphQLErrors.is(error) ? toHeard(error) : { failure: error };

test('Apollo Client hears over its link for graphql-ws, and gets an end as errors of GraphQL', async () => {
  const { send, token, write } = await setUp();
  const sockets = openWebSocketClient(gateway().url, token);
  const client = new ApolloClient({ link: new GraphQLWsLink(sockets), cache: new InMemoryCache() });
  const { hear, listener } = createEars(async () => {
    client.stop();
    await sockets.dispose();
  });
  client.subscribe({ query: gql(CHANGED) }).subscribe({
    next: ({ data, error }) => hear(error === undefined ? toHeard({ data }) : toEnd(error)),
    error: (error) => hear({ failure: error }),
  });
  await write({ a: 1 });
  expect((await listener.next()).word?.user.customData).toMatchObject({ a: 1 });
  await send('mutation { logOut }', { token });
  expect(await listener.next()).toEqual({
    extensions: { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
  });
  await listener.leave();
});

test('an EventSource that can send headers hears by GET', async () => {
  const { token, write } = await setUp();
  const search = new URLSearchParams({ query: CHANGED });
  const source = new EventSource(`${gateway().url}/graphql/stream?${search}`, {
    fetch: (input, init) =>
      fetch(input, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}` },
      } as RequestInit),
  });
  const { hear, listener } = createEars(async () => source.close());
  source.addEventListener('next', ({ data }) => hear(toHeard(JSON.parse(data))));
  await write({ a: 1 });
  expect((await listener.next()).word?.user.customData).toMatchObject({ a: 1 });
  await write({ a: 2 });
  expect((await listener.next()).word?.user.customData).toMatchObject({ a: 2 });
  await listener.leave();
});

test('who has no token hears so as an event, and may stop then', async () => {
  const source = new EventSource(
    `${gateway().url}/graphql/stream?${new URLSearchParams({ query: CHANGED })}`,
  );
  const { hear, listener } = createEars(async () => source.close());
  source.addEventListener('next', ({ data }) => hear(toHeard(JSON.parse(data))));
  source.addEventListener('complete', () => hear({ isComplete: true }));
  expect(await listener.next()).toEqual({
    extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' },
  });
  expect(await listener.next()).toEqual({ isComplete: true });
  await listener.leave();
});
