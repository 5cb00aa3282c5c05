import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { serialize } from '../../../src/bson.ts';
import {
  differingFields,
  elementsNamed,
  joinElements,
  rewriteFields,
  splitElements,
} from '../../../src/store/document-bytes.ts';
import { decodeStored } from '../../../src/store/stored-document.ts';
import { bsonDocument } from '../../support/bson-arbitraries.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Names that readers of text are tempted to change: a byte order mark, other scripts, what is no word. */
const ODD_NAMES = ['\uFEFFa', '\uFEFF', 'a\uFEFF', '名前', '__proto__', '', 'a.b', '$a', '0'];

const name = () => fc.oneof(fc.constantFrom(...ODD_NAMES, 'a', 'b'), fc.string({ maxLength: 4 }));
const withOddNames = () =>
  fc
    .tuple(bsonDocument(), fc.dictionary(name(), fc.constantFrom('x', 'y', '', 'z'.repeat(200))))
    .map(([document, odd]) => decodeStored(serialize({ ...document, ...odd })));

describe('the fields of a document', () => {
  test.each(ODD_NAMES)('are named as they are stored: %j', (odd) => {
    const bytes = serialize(new Map([[odd, 1]]));
    expect(splitElements(bytes).map((element) => element.name)).toEqual([odd]);
  });

  test('are found by name, as often as they are there', () => {
    const twice = joinElements([
      ...splitElements(serialize({ a: 1, ab: 2 })),
      ...splitElements(serialize({ a: 3 })),
    ]);
    expect(elementsNamed(twice, 'a').map(hexOf)).toEqual(['10610001000000', '10610003000000']);
    expect(elementsNamed(twice, 'b')).toEqual([]);
    fc.assert(
      fc.property(withOddNames(), ({ bytes }) => {
        const all = splitElements(bytes);
        for (const element of all) {
          const same = all.filter(({ name }) => name === element.name);
          expect(elementsNamed(bytes, element.name).map(hexOf)).toEqual(
            same.map((one) => hexOf(one.bytes)),
          );
        }
      }),
    );
  });
});

describe('rewriting the fields that differ', () => {
  test('gives the document that is asked for, and leaves the bytes of every other field alone', () => {
    fc.assert(
      fc.property(
        withOddNames(),
        withOddNames(),
        fc.func(fc.boolean()),
        ({ bytes, document: before }, { document: other }, isTaken) => {
          const kept = Object.entries(before).filter(([field]) => isTaken(field));
          const taken = Object.entries(other).filter(([field]) => isTaken(`other ${field}`));
          const after = Object.fromEntries([...kept, ...taken]);
          const names = differingFields(before, after);
          const rewritten = rewriteFields(bytes, names, after);
          const { document } = decodeStored(rewritten);
          expect(new Set(Object.keys(document))).toEqual(new Set(Object.keys(after)));
          expect(differingFields(document, after)).toEqual(new Set());
          for (const [field] of kept) {
            if (names.has(field)) continue;
            expect(elementsNamed(rewritten, field)).toEqual(elementsNamed(bytes, field));
          }
        },
      ),
    );
  });

  test('takes a field away whose name begins with a byte order mark', () => {
    const { bytes, document } = decodeStored(serialize({ a: 1, '\uFEFFa': 'x' }));
    const after = { a: document['a'] };
    const rewritten = rewriteFields(bytes, differingFields(document, after), after);
    expect(hexOf(rewritten)).toBe(hexOf(serialize({ a: 1 })));
  });
});
