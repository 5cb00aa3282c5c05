import { describe, expect, test } from '@jest/globals';
import type { ExportFiles } from '../../../../src/config/app-export/export-files.ts';
import { readTriggers } from '../../../../src/config/app-export/exported-triggers.ts';

const ON_CREATE = {
  name: 'onCreate',
  type: 'AUTHENTICATION',
  function_name: 'welcome',
  config: { operation_type: 'CREATE', providers: ['local-userpass', 'anon-user'] },
  disabled: false,
};

/** The folder `triggers` with these files. */
function filesOf(triggers: Readonly<Record<string, unknown>>): Pick<ExportFiles, 'list' | 'read'> {
  return {
    list: (folder) =>
      Object.keys(triggers).map((name) => ({ name, path: `${folder}/${name}`, isFolder: false })),
    read: (path) => triggers[path.slice('triggers/'.length)],
  };
}

const read = (triggers: Readonly<Record<string, unknown>>, hasFunctions = true) =>
  readTriggers(filesOf(triggers), hasFunctions);

/** Why the one trigger of the app does not run. */
const leftBehind = (trigger: unknown, hasFunctions?: boolean) =>
  read({ 'a.json': trigger }, hasFunctions).leftBehind.map(({ what }) => what);

describe('an authentication trigger runs here', () => {
  test('whose function the older layout names at the top', () => {
    expect(read({ 'onCreate.json': ON_CREATE })).toEqual({
      triggers: [
        {
          name: 'onCreate',
          functionName: 'welcome',
          operation: 'CREATE',
          providers: ['local-userpass', 'anon-user'],
          from: 'triggers/onCreate.json',
        },
      ],
      leftBehind: [],
    });
  });

  test('whose function the newer layout names among the event processors', () => {
    const { function_name: functionName, ...others } = ON_CREATE;
    const event_processors = { FUNCTION: { config: { function_name: functionName } } };
    const { triggers } = read({ 'onCreate.json': { ...others, event_processors } });
    expect(triggers).toMatchObject([{ name: 'onCreate', functionName: 'welcome' }]);
  });

  test('that has no name by that of its file', () => {
    const { name: _name, ...nameless } = ON_CREATE;
    expect(read({ 'byFile.json': nameless }).triggers).toMatchObject([{ name: 'byFile' }]);
  });
});

test('an authentication trigger that is disabled neither runs nor is missed', () => {
  expect(read({ 'a.json': { ...ON_CREATE, disabled: true } })).toEqual({
    triggers: [],
    leftBehind: [],
  });
});

describe('an authentication trigger that cannot run is named with the reason', () => {
  test.each([
    ['without a function', { ...ON_CREATE, function_name: '' }, 'which runs no function'],
    [
      'of an operation that is not known',
      { ...ON_CREATE, config: { ...ON_CREATE.config, operation_type: 'UPDATE' } },
      'whose operation or providers are not understood',
    ],
    [
      'of no provider',
      { ...ON_CREATE, config: { ...ON_CREATE.config, providers: [] } },
      'whose operation or providers are not understood',
    ],
  ])('%s', (_what, trigger, reason) => {
    expect(leftBehind(trigger)).toEqual([`"AUTHENTICATION" trigger "onCreate", ${reason}`]);
  });

  test('in an app without functions', () => {
    expect(leftBehind(ON_CREATE, false)).toEqual([
      '"AUTHENTICATION" trigger "onCreate", for which there is no folder of functions',
    ]);
  });

  test('with the name of another, of which the first file counts', () => {
    const other = { ...ON_CREATE, function_name: 'other' };
    const { triggers, leftBehind: left } = read({ 'a.json': ON_CREATE, 'b.json': other });
    expect(triggers).toMatchObject([{ functionName: 'welcome' }]);
    expect(left).toEqual([
      {
        what: '"AUTHENTICATION" trigger "onCreate", of which there is another with that name',
        from: 'triggers/b.json',
      },
    ]);
  });
});

describe('of other triggers is said', () => {
  test('with which command cron does what a schedule did', () => {
    const config = { schedule: '0 3 * * *' };
    const trigger = { name: 'nightly', type: 'SCHEDULED', function_name: 'tidyUp', config };
    expect(leftBehind(trigger)).toEqual([
      '"SCHEDULED" trigger "nightly" at "0 3 * * *": let cron run custom-user-data functions call tidyUp',
    ]);
  });

  test('no command that a shell would take for more than a name', () => {
    const trigger = { name: 'nightly', type: 'SCHEDULED', function_name: 'a; reboot' };
    expect(leftBehind(trigger)).toEqual(['"SCHEDULED" trigger "nightly"']);
  });

  test('that they are disabled, or just their name', () => {
    expect(leftBehind({ name: 'onItem', type: 'DATABASE', disabled: true })).toEqual([
      '"DATABASE" trigger "onItem", which is disabled',
    ]);
    expect(leftBehind({ name: 'onItem', type: 'DATABASE', function_name: 'f' })).toEqual([
      '"DATABASE" trigger "onItem"',
    ]);
    expect(leftBehind(undefined)).toEqual(['trigger "a.json"']);
  });
});
