/** With an SDK of OpenTelemetry there is a span for all that a request leads to, each below what it is a part of. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { openTracing } from '../../../src/tracing.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';

const exporter = new InMemorySpanExporter();
/** Tells of each span that begins. */
const started = new EventEmitter();
const provider = new NodeTracerProvider({
  spanProcessors: [
    new SimpleSpanProcessor(exporter),
    {
      onStart: () => void started.emit('span'),
      onEnd: () => undefined,
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    },
  ],
});

const SOURCES = {
  'ask.js': `exports = async (url) => {
    await context.http.get({ url });
    await fetch(url);
    await fetch(url, { headers: { traceparent: 'of my own' } });
    await context.services.get('mongodb-atlas').db('d').collection('c').findOne({});
    return 'asked';
  }`,
};

let app: AppDirectory;
let gateway: TestGateway;
const heard: IncomingHttpHeaders[] = [];
const outside = createServer(({ headers }, response) => {
  heard.push(headers);
  response.end('heard');
});

beforeAll(async () => {
  provider.register();
  outside.listen(0, '127.0.0.1');
  await once(outside, 'listening');
  app = await writeApp(SOURCES);
  gateway = await startGateway({ DATA_DIR: `${app.path}/data`, FUNCTIONS_DIR: app.path });
});
afterAll(async () => {
  await gateway.stop();
  outside.close();
  await app.remove();
  trace.disable();
  context.disable();
  propagation.disable();
});

const nameOf = ({ name }: ReadableSpan) => name;

/** The spans of what `run` sends, once that of the request is done. */
async function spansOf(run: () => Promise<unknown>, requests = 1): Promise<ReadableSpan[]> {
  exporter.reset();
  await run();
  const isRequest = ({ kind }: ReadableSpan) => kind === 1;
  while (exporter.getFinishedSpans().filter(isRequest).length < requests) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return exporter.getFinishedSpans();
}

/** Names from a span up to the root that there is. */
function pathOf(spans: readonly ReadableSpan[], name: string): string[] {
  const path: string[] = [];
  for (let span = spans.find((each) => each.name === name); span !== undefined; ) {
    path.push(span.name);
    const above = span.parentSpanContext?.spanId;
    span = spans.find((each) => each.spanContext().spanId === above);
  }
  return path;
}

const post = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

test('a request is a span of its route, with its operation and status, and nothing of a document', async () => {
  const query = 'query Nothing($name: String!) { __type(name: $name) { name } }';
  const [span] = await spansOf(() => post({ query, variables: { name: 'a secret' } }));
  expect(span?.name).toBe('POST /graphql');
  expect(span?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/graphql',
    'http.response.status_code': 200,
    'graphql.operation.name': 'Nothing',
  });
  expect(JSON.stringify(span?.attributes)).not.toContain('secret');
  const [missing] = await spansOf(() => fetch(`${gateway.url}/nowhere?token=secret`));
  expect(missing).toMatchObject({ name: 'GET', attributes: { 'error.type': 'BAD_REQUEST' } });
  expect(JSON.stringify(missing?.attributes)).not.toContain('secret');
});

test('it is below the span of whoever sent it, as traceparent says', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  const spans = await spansOf(() => post({ query: '{ __typename }' }, { traceparent }));
  for (const span of spans) expect(span.spanContext().traceId).toBe(traceId);
  const received = spans.find(({ kind }) => kind === 1);
  expect(received?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
});

test('verification and operations of the store are below the request', async () => {
  const send = createGraphQLClient(gateway.url);
  const session = await logInAnonymously(send);
  const token = session.accessToken;
  const spans = await spansOf(() =>
    send('mutation { refreshCustomData { accessToken } }', { token }),
  );
  expect(pathOf(spans, 'verify access token')).toEqual(['verify access token', 'POST /graphql']);
  expect(pathOf(spans, 'findOne sessions')).toEqual(['findOne sessions', 'POST /graphql']);
  expect(spans.find(({ name }) => name === 'findOne sessions')?.attributes).toEqual({
    'db.system.name': 'lmdb',
    'db.operation.name': 'findOne',
    'db.collection.name': 'sessions',
  });
  expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain(session.user.id);
});

test('a request that a kept answer is for has a span too, and the operation that is known its verification', async () => {
  const send = createGraphQLClient(gateway.url);
  const query = 'query Kept { me { id } }';
  const [first, second] = [await logInAnonymously(send), await logInAnonymously(send)];
  const ask = ({ accessToken }: { readonly accessToken: string }) =>
    spansOf(() => send(query, { token: accessToken }));
  expect((await ask(first)).map(nameOf).sort()).toEqual(['POST /graphql', 'verify access token']);
  expect((await ask(first)).map(nameOf)).toEqual(['POST /graphql']);
  const known = await ask(second);
  expect(pathOf(known, 'verify access token')).toEqual(['verify access token', 'POST /graphql']);
});

test('what a body that comes after its headers leads to is below the request as well', async () => {
  const send = createGraphQLClient(gateway.url);
  const session = await logInAnonymously(send);
  const { accessToken: other } = await logInAnonymously(send);
  const late = async (query: string, token: string) => {
    const body = JSON.stringify({ query });
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: `Bearer ${token}`,
    };
    const asked = request(`${gateway.url}/graphql`, { method: 'POST', headers });
    const answered = once(asked, 'response');
    const arrived = once(started, 'span');
    asked.flushHeaders();
    await arrived;
    asked.end(body);
    const [response] = await answered;
    response.resume();
    await once(response, 'end');
  };
  const query = 'query Late { me { id } }';
  // The long way, and then by the operation that is known.
  for (const token of [session.accessToken, other]) {
    const spans = await spansOf(() => late(query, token));
    expect(pathOf(spans, 'verify access token')).toEqual(['verify access token', 'POST /graphql']);
  }
});

test('a function is a span, what it asks the store for is below, and so are the servers that it calls', async () => {
  const send = createGraphQLClient(gateway.url);
  const { accessToken: token } = await logInAnonymously(send);
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`;
  const ask = async () => {
    const { data } = await send(
      'mutation ($url: JSON!) { callFunction(name: "ask", arguments: [$url]) }',
      { token, variables: { url } },
    );
    expect(data.callFunction).toBe('asked');
  };
  // In a process that an earlier call has started.
  await ask();
  heard.length = 0;
  const spans = await spansOf(ask);
  expect(pathOf(spans, 'function ask')).toEqual(['function ask', 'POST /graphql']);
  expect(pathOf(spans, 'findOne c')).toEqual(['findOne c', 'function ask', 'POST /graphql']);
  const call = spans.find(({ name }) => name === 'function ask')?.spanContext();
  const ours = `00-${call?.traceId}-${call?.spanId}-01`;
  expect(heard.map(({ traceparent }) => traceparent)).toEqual([ours, ours, 'of my own']);
});

test('what goes on beside requests is not traced', async () => {
  exporter.reset();
  const tracing = await openTracing();
  expect(await tracing?.inSpan('a sweep', {}, async () => 'swept')).toBe('swept');
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test('a failure is told by its code, without its message', async () => {
  const spans = await spansOf(() =>
    post({ query: '{ apiKeys { id } }' }, { authorization: 'Bearer not.a.token' }),
  );
  const failed = spans.find(({ name }) => name === 'verify access token');
  expect(failed?.attributes).toEqual({ 'error.type': 'UNAUTHENTICATED' });
  expect(failed?.events).toEqual([]);
  expect(failed?.status).toEqual({ code: 2 });
});
