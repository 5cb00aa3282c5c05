import { afterEach, expect, test } from '@jest/globals';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { mustOpenSocket, type RawSocket } from '../../support/raw-socket.ts';
import { CHANGED } from '../../support/words.ts';
import { runWorkersGateway } from '../../support/workers.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function subscribe(url: string, token: string): Promise<RawSocket> {
  const opened = await mustOpenSocket(url);
  opened.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  expect(await opened.message()).toEqual({ type: 'connection_ack' });
  opened.send({ type: 'subscribe', id: '1', payload: { query: CHANGED } });
  return opened;
}

const shown = (message: unknown) =>
  (message as { readonly payload: { readonly data: { readonly customDataChanged: Word } } }).payload
    .data.customDataChanged.user.customData;

interface Word {
  readonly user: { readonly customData: object };
}

test('of several workers each tells what another has changed, and SIGHUP closes with 1001', async () => {
  const directory = await createTemporaryDirectory();
  ends.push(directory.remove);
  const gateway = runWorkersGateway({ DATA_DIR: directory.path });
  ends.push(gateway.stop);
  const url = await gateway.url();
  const send = createGraphQLClient(url);
  const { data } = await send(OPERATIONS.logInAnonymously);
  const token = data.logIn.accessToken as string;
  const write = (fields: object) =>
    send(OPERATIONS.write, { token, variables: { data: { ...fields } } });
  await write({ a: 1 });
  // More connections than workers, so that each has one as a rule.
  const sockets = await Promise.all(Array.from({ length: 6 }, () => subscribe(url, token)));
  for (const { message } of sockets) expect(shown(await message())).toMatchObject({ a: 1 });
  await write({ a: 2 });
  for (const { message } of sockets) expect(shown(await message())).toMatchObject({ a: 2 });
  gateway.child.kill('SIGHUP');
  for (const { closed } of sockets) expect((await closed).code).toBe(1001);
  await gateway.line('all workers are replaced');
  const again = await subscribe(url, token);
  expect(shown(await again.message())).toMatchObject({ a: 2 });
  again.socket.close();
}, 60_000);
