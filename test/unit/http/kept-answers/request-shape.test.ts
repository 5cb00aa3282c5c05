import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createKnownShapes,
  isWholeRequest,
  shapeOf,
  tokenIn,
} from '../../../../src/http/kept-answers/request-shape.ts';

const TOKEN = 'eyJ.a-b_c.123';
const BODY = '{"query":"{ me { id } }"}';
const HEADERS = [
  ['Host', 'gateway.example'],
  ['Authorization', `Bearer ${TOKEN}`],
  ['Content-Length', String(BODY.length)],
] as const;

type Headers = readonly (readonly [name: string, value: string])[];

/** As Node.js makes it: of several authorizations the first. */
function requestOf(given: Headers = HEADERS, complete = true): IncomingMessage {
  const headers: IncomingHttpHeaders = Object.fromEntries(
    given.toReversed().map(([name, value]) => [name.toLowerCase(), value]),
  );
  const parts = { method: 'POST', url: '/graphql', headers, rawHeaders: given.flat(), complete };
  return parts as unknown as IncomingMessage;
}

function bytesOf(given: Headers = HEADERS, body = BODY): string {
  const lines = given.map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function knownShape(given: Headers = HEADERS) {
  const shape = shapeOf(bytesOf(given), requestOf(given));
  if (shape === null) throw new Error('It has no shape');
  return shape;
}

describe('the bytes of a request are whole', () => {
  test('if they are its head in the plainest way, and its body', () => {
    expect(isWholeRequest(bytesOf(), requestOf())).toBe(true);
  });

  test.each([
    ['a byte is missing', bytesOf().slice(0, -1)],
    ['another follows', `${bytesOf()}P`],
    [
      'a line is written in another way',
      bytesOf().replace('Host: ', 'Host:').replace(BODY, `${BODY} `),
    ],
    [
      'a line ends without a carriage return',
      bytesOf().replace('\r\n', '\n').replace(BODY, `${BODY} `),
    ],
    ['an empty line comes first', `\r\n${bytesOf()}`],
    ['they are those of another', bytesOf().replace('gateway', 'another')],
  ])('but not if %s', (_why, bytes) => {
    expect(isWholeRequest(bytes, requestOf())).toBe(false);
  });

  test('but not if its body is not over, or is in chunks', () => {
    expect(isWholeRequest(bytesOf(), requestOf(HEADERS, false))).toBe(false);
    const chunked = [...HEADERS, ['Transfer-Encoding', 'chunked']] as const;
    expect(isWholeRequest(bytesOf(chunked), requestOf(chunked))).toBe(false);
  });
});

describe('a shape', () => {
  test('is the request without its token', () => {
    expect(knownShape()).toEqual({
      before: 'POST /graphql HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer ',
      after: `\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
      scheme: 'Bearer ',
      headers: { host: 'gateway.example', 'content-length': String(BODY.length) },
      body: BODY,
    });
  });

  test('has the token at its place, wherever else the same text is', () => {
    const [host, authorization, length] = HEADERS;
    const twice = [host, ['X-Authorization', `Bearer ${TOKEN}`], authorization, length] as const;
    const { after, before } = knownShape(twice);
    expect(before).toMatch(
      new RegExp(`X-Authorization: Bearer ${TOKEN}\r\nAuthorization: Bearer $`),
    );
    expect(after).not.toContain('Bearer');
  });

  test.each<[why: string, headers: Headers]>([
    ['no token', HEADERS.filter(([name]) => name !== 'Authorization')],
    ['two', [...HEADERS, ['authorization', `Bearer ${TOKEN}`]]],
    [
      'another scheme',
      [...HEADERS.slice(0, 1), ['Authorization', 'Basic abc'], ...HEADERS.slice(2)],
    ],
    [
      'one with other letters',
      [...HEADERS.slice(0, 1), ['Authorization', 'Bearer a+b'], ...HEADERS.slice(2)],
    ],
    ['a connection that is to be closed', [...HEADERS, ['Connection', 'close']]],
    ['a connection that is to be another', [...HEADERS, ['Connection', 'Upgrade']]],
  ])('is not there for %s', (_why, headers) => {
    expect(shapeOf(bytesOf(headers), requestOf(headers))).toBeNull();
  });
});

describe('a request of a shape', () => {
  const shapes = createKnownShapes(100_000);
  shapes.note(knownShape());
  const withToken = (token: string) => bytesOf().replace(TOKEN, () => token);

  test('is found with its token', () => {
    expect(tokenIn(withToken('another'), knownShape())).toBe('another');
    expect(shapes.find(withToken('another'))).toEqual({ shape: knownShape(), token: 'another' });
  });

  test.each([
    '',
    ' ',
    'a b',
    'a\r\nX: b',
    'a\n',
    'a,b',
    'a\x00',
    '\xe9',
    'a\r\n\r\nPOST / HTTP/1.1',
  ])('is none with the token %j', (token) => {
    expect(tokenIn(withToken(token), knownShape())).toBeNull();
    expect(shapes.find(withToken(token))).toBeNull();
  });

  test('is none if any byte but the token is another', () => {
    const bytes = bytesOf();
    const start = bytes.indexOf(TOKEN);
    const place = fc
      .nat({ max: bytes.length - 1 })
      .filter((at) => at < start || at >= start + TOKEN.length);
    const property = fc.property(
      place,
      fc.string({ unit: 'binary-ascii', maxLength: 2 }),
      (at, put) => {
        const other = bytes.slice(0, at) + put + bytes.slice(at + 1);
        // Letters of a token beside it make it another.
        const token = TOKEN.length + other.length - bytes.length;
        const isSame =
          other.startsWith(bytes.slice(0, start)) &&
          other.endsWith(bytes.slice(start + TOKEN.length));
        fc.pre(!isSame || token <= 0);
        expect(tokenIn(other, knownShape())).toBeNull();
        expect(shapes.find(other)).toBeNull();
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });

  test('is not known any more once others have taken the room', () => {
    const few = createKnownShapes(10_000);
    for (let index = 0; index < 100; index += 1) {
      few.note(knownShape([...HEADERS, ['X-Index', String(index)]]));
    }
    const bytesWith = (index: number) => bytesOf([...HEADERS, ['X-Index', String(index)]]);
    expect(few.find(bytesWith(99))).not.toBeNull();
    expect(few.find(bytesWith(0))).toBeNull();
  });
});
