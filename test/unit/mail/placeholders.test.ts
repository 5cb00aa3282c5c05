import { expect, test } from '@jest/globals';
import { fillPlaceholders, listPlaceholders } from '../../../src/mail/placeholders.ts';

test('values are put in once, and what is absent is empty', () => {
  const values = { app: '{{characters}}', characters: 8 };
  expect(fillPlaceholders('{{app}}: {{ characters }}{{problem}}', values)).toBe(
    '{{characters}}: 8',
  );
});

test('values are put in as they are encoded', () => {
  const encode = (value: string) => value.toUpperCase();
  expect(fillPlaceholders('a {{b}}', { b: 'c$&' }, encode)).toBe('a C$&');
});

test('the names of placeholders are listed in their order', () => {
  expect(listPlaceholders('{{b}} {{ a }} {{}} {c} {{b}}')).toEqual(['b', 'a', '', 'b']);
});
