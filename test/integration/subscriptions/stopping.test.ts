import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createTemporaryDirectory, type TestEnv } from '../../support/gateway.ts';
import { startGatewayPair } from '../../support/gateway-pair.ts';
import { startGatewayProcess } from '../../support/gateway-process.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { mustOpenSocket } from '../../support/raw-socket.ts';
import { CHANGED, createEars, TRANSPORTS } from '../../support/words.ts';

describeOnEveryStore('two gateways on one store', (provideStore) => {
  describe.each(TRANSPORTS)('over %s', (_name, listen) => {
    test('what one of them changes is told by the other', async () => {
      const pair = await startGatewayPair(provideStore().env);
      const [first, second] = pair.gateways;
      const { data } = await pair.send(OPERATIONS.logInAnonymously);
      const token = data.logIn.accessToken as string;
      const listener = listen(second.url, token);
      const send = createGraphQLClient(first.url);
      for (let a = 1; a <= 3; a += 1) {
        await send(OPERATIONS.write, { token, variables: { data: { a } } });
        expect((await listener.next()).word?.user.customData).toMatchObject({ a });
      }
      await listener.leave();
      await pair.stop();
    });
  });
});

describe('a gateway that is told to stop', () => {
  /** Ends what a test has begun, and may not have ended. */
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(env: TestEnv) {
    const gateway = await startGatewayProcess(env);
    ends.push(() => gateway.end('SIGKILL'));
    return gateway;
  }

  async function setUp() {
    const directory = await createTemporaryDirectory();
    ends.push(directory.remove);
    const gateway = await start({ DATA_DIR: directory.path });
    const send = createGraphQLClient(gateway.url);
    const { data } = await send(OPERATIONS.logInAnonymously);
    const token = data.logIn.accessToken as string;
    await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
    return { directory, gateway, send, token };
  }

  /** Stands in front of gateways, as a load balancer does, and waits for one that takes connections. */
  async function balance(findTarget: () => Promise<{ readonly url: string }>): Promise<number> {
    const server = createServer(async (socket) => {
      socket.on('error', () => socket.destroy());
      const { hostname, port } = new URL((await findTarget()).url);
      const onward = connect(Number(port), hostname);
      onward.on('error', () => socket.destroy());
      onward.on('close', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(async () => server.close());
    return (server.address() as AddressInfo).port;
  }

  test('closes WebSockets with 1001 and ends streams unfinished, and is gone at once', async () => {
    const { gateway, token } = await setUp();
    const socket = await mustOpenSocket(gateway.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await socket.message();
    socket.send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
    expect(await socket.message()).toMatchObject({ type: 'next' });
    const search = new URLSearchParams({ query: CHANGED });
    const response = await fetch(`${gateway.url}/graphql/stream?${search}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const began = Date.now();
    const ended = gateway.end('SIGTERM');
    expect(await socket.closed).toMatchObject({ code: 1001 });
    expect(await response.text()).not.toContain('event: complete');
    expect(await ended).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('is not kept up by a client that does not answer', async () => {
    const { gateway, token } = await setUp();
    const { send, message, socket } = await mustOpenSocket(gateway.url);
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await message();
    socket.pause();
    const began = Date.now();
    expect(await gateway.end('SIGTERM')).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(8000);
    socket.terminate();
  });

  test('loses no subscription of a client that connects anew', async () => {
    const { directory, gateway, token } = await setUp();
    let target = Promise.resolve(gateway);
    const port = await balance(() => target);
    const authorization = `Bearer ${token}`;
    const sockets = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 10_000,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
    });
    const streams = createSseClient({
      url: `http://127.0.0.1:${port}/graphql/stream`,
      headers: { authorization },
      retryAttempts: 10_000,
      retry: () => new Promise((resolve) => setTimeout(resolve, 100)),
    });
    const clients = [sockets, streams].map((client) => {
      const { listener, sink } = createEars(async () => client.dispose());
      client.subscribe({ query: CHANGED }, sink);
      return listener;
    });
    for (const client of clients) {
      expect((await client.next()).word?.user.customData).toMatchObject({ a: 1 });
    }
    const stopped = gateway.end('SIGTERM');
    target = stopped.then(() => start({ DATA_DIR: directory.path, PUBLIC_URL: gateway.url }));
    const next = await target;
    const send = createGraphQLClient(next.url);
    await send(OPERATIONS.write, { token, variables: { data: { a: 2 } } });
    for (const client of clients) {
      let heard = await client.next();
      // The token is that of before all changes, so the last of them is told once more.
      if (heard.word?.user.customData?.a === 1) heard = await client.next();
      expect(heard).toMatchObject({ word: { user: { customData: { a: 2 } } } });
    }
    for (const client of clients) await client.leave();
  });
});
