import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId, serialize } from '../../../src/bson.ts';
import { encodeDocument, joinElements, splitElements } from '../../../src/store/document-bytes.ts';
import { decodePlain, decodeStored, toEncodableForm } from '../../../src/store/stored-document.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A document of these elements, in hex. */
function documentOf(...elements: string[]): Uint8Array {
  return joinElements(elements.map((hex) => ({ bytes: Buffer.from(hex, 'hex') })));
}

const INT_A = '10610001000000';

describe('decoding stored bytes', () => {
  test('and encoding again gives the same bytes for every BSON type', () => {
    fc.assert(
      fc.property(bsonDocument(), (document) => {
        const bytes = serialize(document);
        expect(hexOf(serialize(decodeStored(bytes).document))).toBe(hexOf(bytes));
      }),
    );
  });

  test('copies them, so that a buffer may be reused', () => {
    const buffer = Buffer.from(serialize({ a: 'x' }));
    const stored = decodeStored(buffer);
    buffer.fill(0);
    expect(hexOf(stored.bytes)).toBe(hexOf(serialize({ a: 'x' })));
  });

  test('never makes a whole document a reference', () => {
    const document = { _id: 1, $id: new ObjectId(), $ref: 'db.things', a: 1 };
    const bytes = serialize(document);
    expect(Object.keys(decodeStored(bytes).document)).toEqual(['_id', '$id', '$ref', 'a']);
    expect(decodePlain(bytes)).toEqual(document);
  });

  test('makes the key __proto__ an own field', () => {
    const { document } = decodeStored(serialize(JSON.parse('{"__proto__":{"isAdmin":true}}')));
    expect(Object.keys(document)).toEqual(['__proto__']);
    expect(document['isAdmin']).toBe(undefined);
  });

  test('reads text that is not UTF-8 with replacement characters', () => {
    const bytes = documentOf('0278000200000080' + '00');
    expect(decodeStored(bytes).document).toEqual({ x: '\uFFFD' });
  });

  test.each([
    ['none', ''],
    ['too few', '05000000'],
    ['a length beyond the end', 'ff00000000'],
  ])('fails for %s', (_what, hex) => {
    expect(() => decodeStored(Buffer.from(hex, 'hex'))).toThrow();
  });
});

describe('the encodable form', () => {
  test('of a document that encodes to its bytes is the document', () => {
    const stored = decodeStored(serialize({ a: 1, b: { c: [1] } }));
    expect(toEncodableForm(stored)).toEqual({ value: stored.document, inexact: [] });
  });

  test.each([
    ['names that look like array indexes', documentOf(INT_A, '10310002000000')],
    [
      'such names further down',
      documentOf('036f0013000000106200010000001031000200000000', '04610005000000' + '00'),
    ],
    ['references', serialize({ a: { $id: 1, $ref: 'db.c' }, $id: 1, $ref: 'x' })],
  ])('keeps the order of %s', (_what, bytes) => {
    const { value, inexact } = toEncodableForm(decodeStored(bytes));
    expect(inexact).toEqual([]);
    expect(hexOf(encodeDocument(value))).toBe(hexOf(bytes));
  });

  test.each([
    ['undefined', ['067800']],
    ['DBPointer', ['0c7800020000006400' + '56e1fc72e0c917e9c4714161']],
    ['a repeated name', ['10780001000000', '10780002000000']],
    ['text that is not UTF-8', ['027800020000008000']],
    ['undefined in a document', ['03780008000000' + '06790000']],
  ])('names the fields with %s', (_what, elements) => {
    const bytes = documentOf(INT_A, ...elements);
    expect(toEncodableForm(decodeStored(bytes)).inexact).toEqual(['x']);
  });

  test('has the fields in stored order', () => {
    const bytes = documentOf('067800', INT_A, '10310002000000');
    const { value } = toEncodableForm(decodeStored(bytes));
    expect(value instanceof Map && [...value.keys()]).toEqual(
      splitElements(bytes).map(({ name }) => name),
    );
  });
});
