import { expect, test } from '@jest/globals';
import { Binary, Int32 } from '../../../../../src/bson.ts';
import { runSource } from '../../../../support/function-runner.ts';

const run = (source: string) => runSource(source, { args: [{ n: 1 }], isEndpoint: true });

test('a function of an endpoint is called with the request and an object to describe its answer with', async () => {
  const { result } = await run(`exports = (request, response) => {
    response.setStatusCode(201);
    response.setHeader('Content-Type', 'text/plain');
    response.setBody('made ' + request.n);
    return { done: true };
  };`);
  expect(result).toEqual({
    result: { done: true },
    statusCode: new Int32(201),
    headers: [{ name: 'Content-Type', values: ['text/plain'] }],
    body: 'made 1',
  });
});

test('a function that is not called by an endpoint gets no such object', async () => {
  const { result } = await runSource('exports = (...args) => args.length;', { args: [1] });
  expect(result).toEqual(new Int32(1));
});

test('what is returned and what is described are apart, and either may be missing', async () => {
  expect((await run('exports = () => {};')).result).toEqual({ headers: [] });
  expect((await run('exports = () => null;')).result).toEqual({ result: null, headers: [] });
});

test('setHeader replaces what the header had, addHeader adds to it, whatever the case of the name', async () => {
  const { result } = await run(`exports = (request, { addHeader, setHeader }) => {
    addHeader('Cache-Control', 'max-age=600');
    addHeader('cache-control', 'private');
    setHeader('X-One', 'first');
    setHeader('x-one', 'second');
  };`);
  expect(result).toEqual({
    headers: [
      { name: 'Cache-Control', values: ['max-age=600', 'private'] },
      { name: 'x-one', values: ['second'] },
    ],
  });
});

test.each([
  ['BSON.Binary', "BSON.Binary.fromHex('0102ff')"],
  ['a buffer', 'Buffer.from([1, 2, 255])'],
  ['an array of bytes', 'new Uint8Array([1, 2, 255])'],
])('a body may be %s', async (_what, body) => {
  const { result } = await run(`exports = (request, response) => { response.setBody(${body}); };`);
  expect(result).toEqual({ headers: [], body: new Binary(Buffer.from([1, 2, 255])) });
});

test('a body that is taken back is none', async () => {
  const { result } = await run(`exports = (request, response) => {
    response.setBody('text');
    response.setBody(undefined);
  };`);
  expect(result).toEqual({ headers: [] });
});

test.each([
  ['setBody({ text: 1 })', 'TypeError: A body must be a string or a BSON.Binary'],
  ['setStatusCode(101)', 'RangeError: A status code must be from 200 to 599'],
  ['setStatusCode(600)', 'RangeError: A status code must be from 200 to 599'],
  ["setStatusCode('teapot')", 'RangeError: A status code must be from 200 to 599'],
])('%s fails in the function', async (call, message) => {
  const { failure } = await run(`exports = (request, response) => response.${call};`);
  expect(failure?.message).toBe(message);
});
