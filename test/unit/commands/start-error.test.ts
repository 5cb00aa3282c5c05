import { expect, test } from '@jest/globals';
import { describeStartError } from '../../../src/commands/start-error.ts';

const address = { host: '10.0.0.1', port: 80 };
const systemError = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

// The codes are those of bind(2) and getaddrinfo(3).
test.each([
  ['EADDRINUSE', 'PORT 80 of 10.0.0.1 is in use by another process'],
  ['EACCES', 'PORT 80 needs rights that this process does not have'],
  ['EADDRNOTAVAIL', 'HOST "10.0.0.1" is no address of this machine'],
  ['ENOTFOUND', 'HOST "10.0.0.1" is no address of this machine'],
  ['EAI_AGAIN', 'HOST "10.0.0.1" cannot be looked up'],
])('%s is told with the variable to change', (code, told) => {
  expect(describeStartError(systemError(code), address)).toBe(told);
});

test('anything else is told as it is', () => {
  expect(describeStartError(new Error('The store is of a newer version'), address)).toBe(
    'The store is of a newer version',
  );
});
