import { expect, test } from '@jest/globals';
import { Binary, Int32 } from '../../../src/bson.ts';
import { readEndpointReturn } from '../../../src/functions/endpoint-return.ts';

test('result and answer are told apart', () => {
  const body = new Binary(Buffer.from('bytes'));
  const headers = [{ name: 'x', values: ['1', '2'] }];
  const returned = { result: new Int32(3), statusCode: new Int32(404), headers, body };
  expect(readEndpointReturn('f', returned)).toEqual({
    value: new Int32(3),
    answer: { statusCode: 404, headers, body },
  });
  expect(readEndpointReturn('f', { headers: [] })).toEqual({
    value: undefined,
    answer: { headers: [] },
  });
});

test.each([
  ['nothing', undefined],
  ['a status of HTTP that ends no request', { headers: [], statusCode: new Int32(101) }],
  ['no headers', { result: 1 }],
  ['a header that is no text', { headers: [{ name: 'x', values: [new Int32(1)] }] }],
  ['a body that is a document', { headers: [], body: { text: 1 } }],
])('%s, sent past the object of the gateway, is FUNCTION_FAILED', (_what, returned) => {
  expect(() => readEndpointReturn('f', returned)).toThrow(
    expect.objectContaining({ code: 'FUNCTION_FAILED', details: { function: 'f' } }),
  );
});
