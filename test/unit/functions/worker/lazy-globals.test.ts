/** Globals that are made when they are first asked for behave as if they had been there from the start. */
import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../../src/bson.ts';
import { runSource } from '../../../support/function-runner.ts';

const NAMES = ['BSON', 'EJSON', 'console', 'utils'];

describe.each(NAMES)('the global %s', (name) => {
  test.each<[string, string, unknown]>([
    ['is listed', `Object.keys(globalThis).includes('${name}')`, true],
    ['is there', `'${name}' in globalThis && Object.hasOwn(globalThis, '${name}')`, true],
    ['is an object', `typeof ${name}`, 'object'],
    ['is the same each time', `${name} === ${name} && ${name} === globalThis.${name}`, true],
    ['is a plain member once it was used', `${name} && descriptor('${name}').writable`, true],
    ['can be assigned to', `(${name} = 1, [${name}, globalThis.${name}])`, [1, 1]],
    ['can be assigned to by its path', `(globalThis.${name} = 1, ${name})`, 1],
    ['can be assigned to once it was used', `(${name}, ${name} = 1, ${name})`, 1],
    ['can be taken away', `(delete globalThis.${name}, typeof ${name})`, 'undefined'],
    [
      'shows nothing of the process before it is made',
      `[descriptor('${name}').get, descriptor('${name}').set].every((each) => each instanceof Function)`,
      true,
    ],
  ])('%s', async (_what, expression, expected) => {
    const descriptor =
      'const descriptor = (name) => Object.getOwnPropertyDescriptor(globalThis, name);';
    const ran = await runSource(`exports = () => { ${descriptor} return ${expression}; }`);
    const toInt = (value: unknown) => (typeof value === 'number' ? new Int32(value) : value);
    expect(ran.failure).toBeUndefined();
    expect(ran.result).toEqual(Array.isArray(expected) ? expected.map(toInt) : toInt(expected));
  });

  test('that was replaced is new in the next call', async () => {
    const { result } = await runSource(`exports = () => { ${name} = 1; }`);
    expect(result).toBeUndefined();
    expect((await runSource(`exports = () => typeof ${name}`)).result).toBe('object');
  });
});
