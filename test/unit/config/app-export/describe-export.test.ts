import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import { describeExport, toEnvFile } from '../../../../src/config/app-export/describe-export.ts';
import { quote } from '../../../../src/config/app-export/exported-app.ts';

const APP = {
  directory: './export',
  settings: [
    { variable: 'APP_ID', value: 'tasks-abcde', from: 'realm_config.json' },
    { variable: 'PROVIDERS', value: 'email-password', from: 'auth/providers.json' },
    { variable: 'CUSTOM_DATA_COLLECTION', value: 'all users', from: 'auth/custom_user_data.json' },
  ],
  triggers: [
    {
      name: 'onLogIn',
      functionName: 'welcome',
      operation: 'LOGIN',
      providers: ['local-userpass'],
      from: 'triggers/onLogIn.json',
    },
  ],
  leftBehind: [{ what: 'trigger "onItem"', from: 'triggers/onItem.json' }],
} as const;

test('the block says what was taken, what is set otherwise, which triggers run and what is not carried over', () => {
  const env = { APP_ID: 'tasks-abcde', PROVIDERS: 'anonymous', CUSTOM_DATA_COLLECTION: '' };
  expect(describeExport(APP, env)).toBe(
    [
      'Exported app in ./export',
      '  taken:',
      '    APP_ID=tasks-abcde  (realm_config.json)',
      '    CUSTOM_DATA_COLLECTION=all users  (auth/custom_user_data.json)',
      '  set otherwise, which wins; the app has:',
      '    PROVIDERS=email-password  (auth/providers.json)',
      '  runs after the fact:',
      '    LOGIN trigger "onLogIn": function "welcome"  (triggers/onLogIn.json)',
      '  not carried over:',
      '    trigger "onItem"  (triggers/onItem.json)',
      '',
    ].join('\n'),
  );
});

test('the block shows no value of the environment', () => {
  expect(describeExport(APP, { PROVIDERS: 'hunter2', APP_ID: 'hunter2' })).not.toContain('hunter2');
});

test('nothing in an export breaks a line or reaches the terminal as a command', () => {
  const value = 'a\nb\u001b[2J\u202e';
  const settings = [{ variable: 'APP_ID', value, from: 'x' }];
  expect(describeExport({ ...APP, settings }, {})).toContain('    APP_ID=a?b?[2J?  (x)\n');
  expect(quote(value)).toBe('"a?b?[2J?"');
  expect(quote('x'.repeat(300))).toBe(`"${'x'.repeat(200)}…"`);
});

test('the .env file is read as what was taken', () => {
  const text = toEnvFile(APP);
  expect(parseEnv(text)).toEqual({
    APP_ID: 'tasks-abcde',
    PROVIDERS: 'email-password',
    CUSTOM_DATA_COLLECTION: 'all users',
  });
  expect(text).toContain('# not carried over: trigger "onItem" (triggers/onItem.json)\n');
});

test('a value that a .env file cannot hold is refused', () => {
  for (const value of ["it's", 'a\nPORT=1']) {
    const settings = [{ variable: 'APP_ID', value, from: 'x' }];
    expect(() => toEnvFile({ ...APP, settings })).toThrow('APP_ID of x has a character');
  }
});
