import { expect, test } from '@jest/globals';
import { findUsable } from '../../../../src/functions/triggers/usable-triggers.ts';
import { createTrigger } from '../../../support/triggers.ts';

const HERE = createTrigger({ functionName: 'here' });
const GONE = createTrigger({ name: 'other', functionName: 'gone', from: 'triggers/other.json' });
const has = (name: string) => name === 'here';

test('a trigger without its function takes only itself out', () => {
  expect(findUsable({ isStrict: false, triggers: [HERE, GONE] }, has)).toEqual({
    usable: [HERE],
    problems: ['triggers/other.json: there is no function "gone"'],
  });
});

test('with FUNCTIONS_STRICT it stops the start', () => {
  expect(() => findUsable({ isStrict: true, triggers: [HERE, GONE] }, has)).toThrow(
    'The triggers are not usable: triggers/other.json: there is no function "gone"',
  );
  expect(findUsable({ isStrict: true, triggers: [HERE] }, has).usable).toEqual([HERE]);
});
