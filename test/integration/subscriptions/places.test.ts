import { describe, expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { mustOpenSocket, openRawSocket } from '../../support/raw-socket.ts';
import { until } from '../../support/until.ts';
import { CHANGED, listenBySse, listenByWebSocket, TRANSPORTS } from '../../support/words.ts';

const SUBSCRIPTIONS_PER_USER = 2;
const gateway = useEmbeddedGateway({
  SUBSCRIPTIONS_PER_USER: String(SUBSCRIPTIONS_PER_USER),
  SUBSCRIPTIONS_MAX: '5',
});
const CYCLES = 1000;

async function logIn() {
  const { data } = await createGraphQLClient(gateway().url)(OPERATIONS.logInAnonymously);
  return data.logIn.accessToken as string;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway().url}/metrics`)).text();
  const values = text
    .split('\n')
    .filter((line) => line === name || line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.split(' ').at(-1)));
  return values.reduce((sum, value) => sum + value, 0);
}

const untilNone = async () => {
  await until(async () => (await metric('subscriptions_open')) === 0);
  await until(async () => (await metric('subscription_connections')) === 0);
};

describe.each(TRANSPORTS)('over %s', (_name, listen) => {
  test('more subscriptions of a user than there are places for are refused, until one leaves', async () => {
    const token = await logIn();
    const listeners = [listen(gateway().url, token), listen(gateway().url, token)];
    await until(async () => (await metric('subscriptions_open')) === 2);
    const refused = listen(gateway().url, token);
    const { failure, extensions } = await refused.next();
    // Over a WebSocket each is a connection of its own here, and so is refused as one.
    expect(extensions ?? (failure as { readonly reason: string }).reason).toEqual(
      extensions === undefined ? 'RATE_LIMITED' : { code: 'RATE_LIMITED', retryAfterSeconds: 30 },
    );
    await listeners[0]?.leave();
    await until(async () => (await metric('subscriptions_open')) === 1);
    const again = listen(gateway().url, token);
    await until(async () => (await metric('subscriptions_open')) === 2);
    expect(again.heard()).toEqual([]);
    for (const listener of [...listeners, again]) await listener.leave();
    await untilNone();
  });
});

test('on one WebSocket a subscription too many is RATE_LIMITED, and the others go on', async () => {
  const token = await logIn();
  const { message, send, socket } = await openAcknowledged(token);
  for (const id of ['1', '2', '3']) send({ type: 'subscribe', id, payload: { query: CHANGED } });
  expect(await message()).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 30 } }],
  });
  await until(async () => (await metric('subscriptions_open')) === 2);
  socket.terminate();
  await untilNone();
});

test('all users together have no more places than SUBSCRIPTIONS_MAX', async () => {
  const tokens = await Promise.all(Array.from({ length: 6 }, logIn));
  const listeners = tokens.slice(0, 5).map((token) => listenBySse(gateway().url, token));
  await until(async () => (await metric('subscriptions_open')) === 5);
  const refused = await listenBySse(gateway().url, tokens[5] as string).next();
  expect(refused.extensions).toMatchObject({ code: 'RATE_LIMITED' });
  const handshake = await openRawSocket(gateway().url);
  expect(handshake).toMatchObject({ status: 429 });
  for (const listener of listeners) await listener.leave();
  await untilNone();
});

async function openAcknowledged(token: string) {
  const opened = await mustOpenSocket(gateway().url);
  opened.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  expect(await opened.message()).toEqual({ type: 'connection_ack' });
  return opened;
}

describe('a place is given back although nothing ever changes', () => {
  test('when a subscription is completed, or begun anew before it has begun, a thousand times', async () => {
    const { send, socket } = await openAcknowledged(await logIn());
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const id = String(cycle % 3);
      send({ type: 'subscribe', id, payload: { query: CHANGED } });
      // Some are completed at once, before it is known whether they may begin.
      if (cycle % 2 === 0) await new Promise(setImmediate);
      send({ type: 'complete', id });
    }
    await until(async () => (await metric('subscriptions_open')) === 0);
    socket.close();
    await untilNone();
  });

  test('when an id is used again before its first subscription has begun, and the connection is cut', async () => {
    for (let cycle = 0; cycle < 20; cycle += 1) {
      const { message, send, socket } = await openAcknowledged(await logIn());
      send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
      send({ type: 'complete', id: '1' });
      send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
      // What comes after it has been handled tells that it has been read.
      send({ type: 'ping' });
      expect(await message()).toMatchObject({ type: 'pong' });
      await until(async () => (await metric('subscriptions_open')) > 0);
      socket.terminate();
    }
    await untilNone();
  });

  test('when connections are cut, a thousand times', async () => {
    const token = await logIn();
    for (let cycle = 0; cycle < CYCLES / 2; cycle += 1) {
      const { send, socket } = await mustOpenSocket(gateway().url);
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
      if (cycle % 2 === 0) await new Promise(setImmediate);
      socket.terminate();
      const stop = new AbortController();
      const url = `${gateway().url}/graphql/stream?${new URLSearchParams({ query: CHANGED })}`;
      const headers = { authorization: `Bearer ${token}` };
      const response = fetch(url, { headers, signal: stop.signal }).catch(() => undefined);
      if (cycle % 3 !== 0) await response;
      stop.abort();
      await response;
    }
    await untilNone();
    const listener = listenByWebSocket(gateway().url, token);
    await until(async () => (await metric('subscriptions_open')) === 1);
    await listener.leave();
    await untilNone();
  }, 60_000);
});
