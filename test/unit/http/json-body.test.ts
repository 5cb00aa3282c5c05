import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonBody } from '../../../src/http/json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a JSON body', () => {
  test('is the value it spells', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseJsonBody(bytes(text)))).toBe(text);
      }),
    );
  });

  test('keeps the key __proto__ as an own property', () => {
    const parsed = parseJsonBody(bytes('{"__proto__": {"a": 1}}'));
    expect(Object.keys(parsed as object)).toEqual(['__proto__']);
  });

  test('is undefined when empty', () => {
    expect(parseJsonBody(bytes(''))).toBeUndefined();
    expect(parseJsonBody(bytes(' \n'))).toBeUndefined();
  });

  test.each([
    ['broken JSON', bytes('{"a": ')],
    ['two values', bytes('1 2')],
    ['invalid UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22)],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['an encoded surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ])('is BAD_REQUEST if it is %s', (_name, body) => {
    expect(() => parseJsonBody(body)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});
