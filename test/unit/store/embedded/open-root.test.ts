import { describe, expect, test } from '@jest/globals';
import { isMissingReader } from '../../../../src/store/embedded/open-root.ts';

describe('the error of lmdb-js that has got no transaction to read in', () => {
  test('is known by its words', () => {
    const words = "Cannot read properties of null (reading 'address')";
    expect(isMissingReader(new TypeError(words))).toBe(true);
  });

  test.each([
    new TypeError("Cannot read properties of null (reading 'length')"),
    new Error("Cannot read properties of null (reading 'address')"),
    null,
  ])('is not taken for another: %s', (error) => {
    expect(isMissingReader(error)).toBe(false);
  });
});
