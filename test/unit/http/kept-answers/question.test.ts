import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { askedOf, expectedBody } from '../../../../src/http/kept-answers/question.ts';

interface Parts {
  readonly method?: string;
  readonly url?: string;
  readonly httpVersion?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

const HEADERS = [
  ['Host', 'localhost'],
  ['Content-Type', 'application/json'],
  ['Content-Length', '24'],
  ['Authorization', `Bearer ${'t'.repeat(8000)}`],
] as const;

/** As Node.js makes it: names in small letters, the first of several values. */
function requestOf({
  headers = HEADERS,
  httpVersion = '1.1',
  method = 'POST',
  url = '/graphql',
}: Parts = {}): IncomingMessage {
  const named = Object.fromEntries(
    headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]),
  );
  const rawHeaders = headers.flat();
  return { method, url, httpVersion, headers: named, rawHeaders } as unknown as IncomingMessage;
}

const without = (name: string) => HEADERS.filter(([other]) => other !== name);
const withHeader = (name: string, value: string) => [...without(name), [name, value]] as const;

describe('a request', () => {
  test('in the usual way has a body of the length that it says', () => {
    expect(expectedBody(requestOf())).toBe(24);
  });

  test.each<[string, Parts]>([
    ['by GET', { method: 'GET' }],
    ['to another path', { url: '/api/client/v2.0/app/myapp/graphql' }],
    ['with a query string', { url: '/graphql?query=x' }],
    ['by HTTP/1.0', { httpVersion: '1.0' }],
    ['without a length', { headers: without('Content-Length') }],
    ['of no length', { headers: withHeader('Content-Length', '0') }],
    ['of more than 16 KB', { headers: withHeader('Content-Length', '16385') }],
    ['with an encoded body', { headers: withHeader('Content-Encoding', 'identity') }],
    ['that expects to be continued', { headers: withHeader('Expect', '100-continue') }],
    [
      'that asks how it is answered',
      { headers: withHeader('Apollo-Federation-Include-Trace', 'ftv1') },
    ],
    ['without a host', { headers: without('Host') }],
    ['with two hosts', { headers: [...HEADERS, ['host', 'another']] }],
    ['with long headers', { headers: withHeader('X-Other', 'x'.repeat(8000)) }],
    [
      'with many headers',
      { headers: [...HEADERS, ...Array.from({ length: 61 }, (_, n) => [`X-${n}`, ''] as const)] },
    ],
  ])('%s goes the long way', (_what, parts) => {
    expect(expectedBody(requestOf(parts))).toBeNull();
  });
});

test('what is asked is the same for every token, and no two values make one text', () => {
  const ask = (headers: IncomingHttpHeaders) => askedOf({ headers, body: '{}' });
  expect(ask({ authorization: 'Bearer a' })).toBe(ask({ authorization: 'Bearer b' }));
  expect(ask({ accept: 'a', origin: 'b' })).not.toBe(ask({ accept: 'b', origin: 'a' }));
  expect(ask({ accept: 'a' })).not.toBe(ask({ 'content-type': 'a' }));
});
