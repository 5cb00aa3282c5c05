import { expect, test } from '@jest/globals';
import { judgeHeaders } from '../../../src/endpoints/answer-headers.ts';

const header = (name: string, ...values: string[]) => ({ name, values });
const FAILED = expect.objectContaining({ code: 'FUNCTION_FAILED', details: { function: 'f' } });

test('headers leave with all their values, in small letters', () => {
  expect(judgeHeaders('f', [header('X-A', '1', '2'), header('ETag', '"é"\t')])).toEqual({
    sent: [
      ['x-a', ['1', '2']],
      ['etag', ['"é"\t']],
    ],
    leftOut: [],
  });
});

test.each([
  'Connection',
  'content-length',
  'Keep-Alive',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'TRANSFER-ENCODING',
  'Upgrade',
  'X-Content-Type-Options',
  'X-Request-Id',
])('%s is left out: it frames the message, or is the gateway’s', (name) => {
  expect(judgeHeaders('f', [header(name, 'x')])).toEqual({
    sent: [],
    leftOut: [name.toLowerCase()],
  });
});

test.each([
  ['an empty name', ''],
  ['a name with a space', 'x a'],
  ['a name with a colon', 'x:a'],
  ['a name with a line end', 'x\r\na'],
  ['a name that is too long', 'x'.repeat(257)],
])('%s is refused', (_what, name) => {
  expect(() => judgeHeaders('f', [header(name, '1')])).toThrow(FAILED);
});

test.each([
  ['a line feed', 'a\nb: c'],
  ['a carriage return', 'a\rb'],
  ['a null', 'a\0'],
  ['a character beyond Latin 1', 'Ł'],
  ['a value that is too long', 'x'.repeat(8193)],
])('%s is refused', (_what, value) => {
  expect(() => judgeHeaders('f', [header('x', 'fine', value)])).toThrow(FAILED);
});

test('as many as fit are sent, and no more', () => {
  expect(() => judgeHeaders('f', [header('x', ...Array(100).fill('1'))])).not.toThrow();
  expect(() => judgeHeaders('f', [header('x', ...Array(101).fill('1'))])).toThrow(FAILED);
  expect(() => judgeHeaders('f', [header('x', ...Array(9).fill('1'.repeat(8000)))])).toThrow(
    FAILED,
  );
});
