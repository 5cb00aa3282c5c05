import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inBestLanguage } from '../../../src/mail/languages.ts';

const TAGS = ['en', 'de', 'pt-BR', 'zh-Hans'];
const texts = { fallback: 'en', of: new Map(TAGS.map((tag) => [tag, `in ${tag}`])) };
const languageFor = (...preferences: (string | undefined)[]) =>
  inBestLanguage(texts, preferences).language;

describe('the language that somebody gets', () => {
  // RFC 9110 section 12.5.4, RFC 4647 section 3.4.
  test.each([
    ['de', 'de'],
    ['DE-at', 'de'],
    ['fr, de;q=0.5', 'de'],
    ['en;q=0.3, de;q=0.9', 'de'],
    ['pt', 'pt-BR'],
    ['zh-Hant', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['fr, *;q=0.1', 'en'],
    ['de;q=0, *;q=0', 'en'],
    ['', 'en'],
    ['; ,;=', 'en'],
  ])('of Accept-Language: %s, is %s', (header, language) => {
    expect(languageFor(header)).toBe(language);
  });

  test('is what the first preference names, then the next, then the fallback', () => {
    expect(languageFor('pt-PT', 'de')).toBe('de');
    expect(languageFor('de', 'pt-BR')).toBe('de');
    expect(languageFor(undefined, 'pt-BR')).toBe('pt-BR');
    expect(languageFor(undefined, undefined)).toBe('en');
    expect(languageFor()).toBe('en');
  });

  test('is one that there is, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (preferences) => {
        const { content, language } = inBestLanguage(texts, preferences);
        expect(TAGS).toContain(language);
        expect(content).toBe(`in ${language}`);
      }),
    );
  });
});
