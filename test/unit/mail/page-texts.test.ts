import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadPageTexts } from '../../../src/mail/page-texts.ts';

describe('texts of pages', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'page-texts-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (file: string, content: unknown) =>
    writeFile(join(directory, file), JSON.stringify(content));

  test('are built in, in English', async () => {
    const { fallback, of } = await loadPageTexts(undefined);
    expect(fallback).toBe('en');
    expect([...of.keys()]).toEqual(['en']);
    expect(of.get('en')).toMatchObject({ confirmButton: 'Confirm', backToApp: 'Back to {{app}}' });
  });

  test('of the operator replace them by name; one that is not there is in English', async () => {
    await write('pages.json', { confirmButton: 'Yes, that is me' });
    await write('pages.de.json', { confirmButton: 'Bestätigen' });
    const { fallback, of } = await loadPageTexts(directory);
    expect(fallback).toBe('en');
    expect(of.get('en')).toMatchObject({
      confirmButton: 'Yes, that is me',
      failedTitle: 'That did not work',
    });
    expect(of.get('de')).toMatchObject({
      confirmButton: 'Bestätigen',
      failedTitle: 'That did not work',
    });
  });

  test('fall back on the language that is configured, if there are texts in it', async () => {
    await write('pages.de.json', { confirmButton: 'Bestätigen' });
    const german = await loadPageTexts(directory, 'de');
    expect([german.fallback, ...german.of.keys()]).toEqual(['de', 'de']);
    const french = await loadPageTexts(directory, 'fr');
    expect([french.fallback, ...french.of.keys()].sort()).toEqual(['de', 'en', 'en']);
  });

  test('that are not usable are all named', async () => {
    await write('pages.json', { confirmButtons: 'x', resetButton: '', failedTitle: 1 });
    await write('pages.de.json', { backToApp: 'Zurück zu {{name}}' });
    await write('pages.fr.json', ['x']);
    await writeFile(join(directory, 'pages.it.json'), '{');
    await expect(loadPageTexts(directory)).rejects.toThrow(
      'The texts of pages in EMAIL_TEMPLATES_DIR are not usable: ' +
        'pages.de.json has the unknown placeholder "{{name}}" in "backToApp"; ' +
        'pages.fr.json must be a JSON object of texts; ' +
        'pages.it.json must be a JSON object of texts; ' +
        'pages.json has the unknown text "confirmButtons"; ' +
        'pages.json must have 1 to 1000 characters as "failedTitle"; ' +
        'pages.json must have 1 to 1000 characters as "resetButton"',
    );
  });
});
