/** Requests that repeat another but for their token: to clients, in the log and in the metrics as any other. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { readFound } from '../../support/keeping-pair.ts';
import { masked, ask as requestOf, type Talk, talkTo } from '../../support/repeating-server.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const LIFE_MILLISECONDS = 1_800_000;
const PARSED = 'http.server.request.start';

let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
let gateway: TestGateway;
let now = START;

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  const env = { DATA_DIR: directory.path, TRUST_PROXY: '127.0.0.1', ACCESS_TOKEN_TTL: '30m' };
  gateway = await startGateway(env, { now: () => now });
});
afterAll(async () => {
  await gateway.stop();
  await directory.remove();
});

const logIn = () => logInAnonymously(createGraphQLClient(gateway.url));

const ask = (token: string, query = 'query Mine { me { id } }') =>
  requestOf({
    ...{ token, host: '127.0.0.1', headers: ['X-Forwarded-For: 192.0.2.7'] },
    body: JSON.stringify({ query }),
  });

/** Asks in turns on a connection. What each is answered, and how many Node.js has parsed. */
async function askInTurns(
  connection: Talk,
  requests: readonly string[],
): Promise<{ answers: string[]; parsed: number }> {
  let parsed = 0;
  const count = () => {
    parsed += 1;
  };
  const before = connection.text().length;
  subscribe(PARSED, count);
  for (const request of requests) await connection.exchange(request);
  unsubscribe(PARSED, count);
  return {
    answers: connection
      .text()
      .slice(before)
      .split(/(?=HTTP\/1\.1 )/),
    parsed,
  };
}

/** A connection on which the operation has been repeated. */
async function connected(token: string): Promise<Talk> {
  const connection = talkTo(Number(new URL(gateway.url).port));
  await askInTurns(
    connection,
    Array.from({ length: 4 }, () => ask(token)),
  );
  return connection;
}

const lines = () =>
  gateway
    .logText()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line));

test('each has a line and an id of its own, and is counted and answered as one that is parsed', async () => {
  const { accessToken, user } = await logIn();
  const connection = await connected(accessToken);
  const before = { lines: lines().length, found: await readFound(gateway.url) };
  const { answers, parsed } = await askInTurns(
    connection,
    Array.from({ length: 5 }, () => ask(accessToken)),
  );
  const other = talkTo(Number(new URL(gateway.url).port));
  const first = await askInTurns(other, [ask(accessToken)]);
  expect({ parsed, first: first.parsed }).toEqual({ parsed: 0, first: 1 });
  expect(answers.map(masked)).toEqual(Array(5).fill(masked(first.answers[0] ?? '')));
  const ids = answers.map((answer) => /^x-request-id: (.*)\r$/m.exec(answer)?.[1]);
  expect(new Set(ids).size).toBe(5);
  while (lines().length < before.lines + 7) await new Promise((resolve) => setImmediate(resolve));
  const written = lines().filter(({ reqId }) => ids.includes(reqId));
  const line = {
    ...{ method: 'POST', route: '/graphql', status: 200, operation: 'Mine' },
    ...{ address: '192.0.2.7', userId: user.id, milliseconds: expect.any(Number) },
  };
  expect(written).toEqual(Array.from({ length: 5 }, () => expect.objectContaining(line)));
  expect((await readFound(gateway.url)).answer - before.found.answer).toBe(6);
  connection.socket.destroy();
  other.socket.destroy();
});

test('the token says whose answer it is, whoever asked before on the connection', async () => {
  const [ann, bob, eve] = await Promise.all([logIn(), logIn(), logIn()]);
  const connection = await connected(ann.accessToken);
  const users = [bob, ann, eve, bob, eve];
  const { answers, parsed } = await askInTurns(
    connection,
    users.map(({ accessToken }) => ask(accessToken)),
  );
  expect(parsed).toBe(0);
  const bodies = answers.map((answer) => JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
  expect(bodies).toEqual(users.map(({ user }) => ({ data: { me: { id: user.id } } })));
  connection.socket.destroy();
});

test('a token that is not valid, or not any more, is refused, and the connection goes on', async () => {
  const { accessToken } = await logIn();
  const connection = await connected(accessToken);
  const [header, payload, signature = ''] = accessToken.split('.');
  const forged = [
    header,
    payload,
    signature.replace(/^./, (letter: string) => (letter === 'A' ? 'B' : 'A')),
  ].join('.');
  const { answers } = await askInTurns(connection, [
    ask(forged),
    ask('no-token'),
    ask(accessToken),
  ]);
  expect(answers.map((answer) => /"reason":"(\w+)"/.exec(answer)?.[1])).toEqual([
    ...['TOKEN_INVALID', 'TOKEN_MALFORMED', undefined],
  ]);
  now = START + LIFE_MILLISECONDS;
  try {
    const { answers: late } = await askInTurns(connection, [ask(accessToken)]);
    expect(late[0]).toContain('"reason":"TOKEN_EXPIRED"');
  } finally {
    now = START;
  }
  connection.socket.destroy();
});

test('what is more than claims is asked each time, on the same connection', async () => {
  const { accessToken } = await logIn();
  const connection = await connected(accessToken);
  const refresh = ask(accessToken, 'mutation { refreshCustomData { accessToken } }');
  const { answers, parsed } = await askInTurns(connection, [refresh, ask(accessToken), refresh]);
  expect(parsed).toBe(2);
  expect(answers[0]).toContain('"accessToken"');
  expect(answers[2]).toContain('"accessToken"');
  connection.socket.destroy();
});
