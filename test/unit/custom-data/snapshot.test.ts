import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Double, Int32, ObjectId, serialize } from '../../../src/bson.ts';
import { revisionOf } from '../../../src/custom-data/revision.ts';
import { largestFields } from '../../../src/custom-data/size.ts';
import { createSnapshot, toClaim } from '../../../src/custom-data/snapshot.ts';
import { toStored } from '../../support/bson-bytes.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const ID = '62efedca3587e6e83c0fc675';

describe('toClaim', () => {
  test('an ObjectId "_id" is hex digits, every other ObjectId a wrapper', () => {
    const document = {
      _id: new ObjectId(ID),
      userId: new ObjectId(ID),
      a: { _id: new ObjectId(ID) },
    };
    expect(toClaim(document, 'canonical')).toStrictEqual({
      _id: ID,
      userId: { $oid: ID },
      a: { _id: { $oid: ID } },
    });
  });

  test('an "_id" of another type is Extended JSON', () => {
    expect(toClaim({ _id: new Int32(7) }, 'canonical')).toStrictEqual({ _id: { $numberInt: '7' } });
    expect(toClaim({ _id: new Int32(7) }, 'relaxed')).toStrictEqual({ _id: 7 });
  });
});

describe('createSnapshot', () => {
  const parts = { claimEncoding: 'canonical', revisionKey: KEY, now: () => 1234 } as const;

  test('says when it was read, and nothing else of no document', () => {
    expect(createSnapshot(null, parts)).toStrictEqual({ readAt: 1234 });
  });

  test('has document and revision', () => {
    const stored = toStored({ _id: 'x', n: 1 });
    expect(createSnapshot(stored, parts)).toStrictEqual({
      data: { _id: 'x', n: { $numberInt: '1' } },
      revision: revisionOf(stored.bytes, KEY),
      readAt: 1234,
    });
  });
});

describe('revisionOf', () => {
  test('is the first half of HMAC-SHA256, base64url', () => {
    const bytes = serialize({ a: 1 });
    const digest = createHmac('sha256', KEY).update(bytes).digest('hex');
    const revision = revisionOf(bytes, KEY);
    expect(revision).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(revision, 'base64url').toString('hex')).toBe(digest.slice(0, 32));
  });

  test('differs by type, by order of fields and by key', () => {
    const revisions = [
      revisionOf(serialize({ a: new Int32(1), b: 2 }), KEY),
      revisionOf(serialize({ a: new Double(1), b: 2 }), KEY),
      revisionOf(serialize({ b: 2, a: new Int32(1) }), KEY),
      revisionOf(serialize({ a: new Int32(1), b: 2 }), Buffer.from('other')),
    ];
    expect(new Set(revisions).size).toBe(4);
  });
});

describe('largestFields', () => {
  test('names five fields, largest first, in bytes of the header', () => {
    const data = { a: 'x', 'b/c': 'xx', d: 'x'.repeat(50), e: ['é'], f: 1, g: null };
    expect(largestFields(data)).toStrictEqual([
      { path: '/d', bytes: 76 },
      { path: '/b~1c', bytes: 15 },
      { path: '/e', bytes: 15 },
      { path: '/g', bytes: 12 },
      { path: '/a', bytes: 11 },
    ]);
    expect(largestFields(data, 1)).toHaveLength(1);
    expect(largestFields({})).toStrictEqual([]);
  });

  test('counts what the field adds to the encoded document, for any Unicode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        fc.pre(name !== '__proto__');
        const encode = (json: unknown) =>
          Buffer.from(JSON.stringify(json)).toString('base64url').length;
        const added = encode({ z: 1, [name === 'z' ? 'y' : name]: value }) - encode({ z: 1 });
        const [field] = largestFields({ [name === 'z' ? 'y' : name]: value });
        expect(Math.abs((field?.bytes ?? 0) - added)).toBeLessThanOrEqual(2);
      }),
    );
  });
});
