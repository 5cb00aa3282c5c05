import { expect, test } from '@jest/globals';
import { shortcutOf } from '../../../../src/pages/explorer/keys.ts';

const NONE = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test.each([
  ['Enter', { ctrlKey: true }, 'run'],
  ['Enter', { metaKey: true }, 'run'],
  ['P', { ctrlKey: true, shiftKey: true }, 'prettify'],
  ['R', { ctrlKey: true, shiftKey: true }, 'readSchema'],
  ['M', { ctrlKey: true, shiftKey: true }, 'merge'],
  ['C', { ctrlKey: true, shiftKey: true }, 'copy'],
  ['c', { ctrlKey: true }, null],
  ['k', { ctrlKey: true }, 'search'],
  ['Enter', {}, null],
  ['Enter', { ctrlKey: true, altKey: true }, null],
  ['p', { ctrlKey: true }, null],
  ['x', { ctrlKey: true }, null],
])('%s with %j asks for %j', (key, held, shortcut) => {
  expect(shortcutOf({ ...NONE, ...held, key })).toBe(shortcut);
});
