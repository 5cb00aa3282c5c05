import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCursors } from '../../../../src/custom-data/history/cursor.ts';
import { code } from '../../../support/custom-data.ts';

const cursors = createCursors(Buffer.alloc(32, 1));
const userId = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const sequence = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a cursor', () => {
  test('opens to the number that it was made of', () => {
    fc.assert(
      fc.property(userId, sequence, (user, number) => {
        const cursor = cursors.seal(user, number);
        expect(cursors.open(user, cursor)).toBe(number);
        expect(cursors.seal(user, number)).toBe(cursor);
      }),
    );
  });

  test('does not open for another user, under another key or if altered', () => {
    const others = createCursors(Buffer.alloc(32, 2));
    fc.assert(
      fc.property(userId, userId, sequence, fc.nat(15), (user, other, number, place) => {
        fc.pre(user !== other);
        const cursor = cursors.seal(user, number);
        const altered = Buffer.from(cursor, 'base64url');
        altered[place] = (altered[place] ?? 0) ^ 1;
        const attempts = [
          () => cursors.open(other, cursor),
          () => others.open(user, cursor),
          () => cursors.open(user, altered.toString('base64url')),
          () => cursors.open(user, `${cursor}=`),
        ];
        for (const attempt of attempts) expect(attempt).toThrow(code('BAD_USER_INPUT'));
      }),
    );
  });

  test('any other text is BAD_USER_INPUT', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(() => cursors.open('0'.repeat(24), text)).toThrow(code('BAD_USER_INPUT'));
      }),
    );
  });
});
