import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { createAnswerWriter } from '../../../../src/http/kept-answers/answer-writer.ts';
import { masked } from '../../../support/repeating-server.ts';

const BODY = '{"data":{"me":{"id":"\xc3\xa9"}}}\n';
const HEADERS = ['content-type', 'application/json', 'vary', 'Origin', 'content-length', '28'];

/** What Node.js writes. */
async function writtenBy(keepAliveMilliseconds: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, ['x-request-id', 'an-id', ...HEADERS]);
    response.end(BODY, 'latin1');
  });
  server.keepAliveTimeout = keepAliveMilliseconds;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.end('POST /graphql HTTP/1.1\r\nHost: gateway.example\r\nContent-Length: 0\r\n\r\n');
  const answer = await text(socket);
  await new Promise((resolve) => server.close(resolve));
  return answer;
}

test.each([0, 999, 1000, 5000, 3_600_000])(
  'an answer is the bytes that Node.js writes, with a connection kept for %d milliseconds',
  async (keepAliveMilliseconds) => {
    const write = createAnswerWriter(keepAliveMilliseconds, Date.now);
    const answer = { headers: HEADERS, body: BODY, facts: {} };
    const expected = masked(await writtenBy(keepAliveMilliseconds));
    expect(masked(write('an-id', answer))).toBe(expected);
    // What has been written once is the same again.
    expect(masked(write('an-id', answer))).toBe(expected);
  },
);

test('the date is that of the second, as RFC 9110 section 5.6.7 has it', () => {
  let now = Date.UTC(1994, 10, 6, 8, 49, 37);
  const write = createAnswerWriter(0, () => now);
  const dateOf = () =>
    /\r\nDate: (.*)\r\n/.exec(write('id', { headers: [], body: '', facts: {} }))?.[1];
  expect(dateOf()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  now += 999;
  expect(dateOf()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  now += 1;
  expect(dateOf()).toBe('Sun, 06 Nov 1994 08:49:38 GMT');
  now -= 1000;
  expect(dateOf()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
});
