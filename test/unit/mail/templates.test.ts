import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_TEMPLATES, TEMPLATE_NAMES } from '../../../src/mail/built-in-templates.ts';
import { escapeHtml, fillTemplate, loadTemplates } from '../../../src/mail/templates.ts';

const values = {
  link: 'https://x/?a=1&b=2',
  email: 'a@b.c',
  app: 'myapp',
  minutes: 30,
  removal: '',
};
const anyText = fc.string({ unit: 'binary' });

describe.each(TEMPLATE_NAMES)('the built-in mail %s', (name) => {
  const filled = fillTemplate(BUILT_IN_TEMPLATES[name], values);

  test('has its link in both parts, and no placeholder is left', () => {
    expect(filled.text).toContain('\nhttps://x/?a=1&b=2\n');
    expect(filled.html).toContain('<a href="https://x/?a=1&#38;b=2">');
    expect(Object.values(filled).join('')).not.toMatch(/\{\{|\}\}|undefined/);
  });

  test('says which app it is of, and what language it is in', () => {
    expect(filled.subject).toContain('myapp');
    expect(filled.html).toContain('<html lang="en">');
  });

  test('holds no markup that came from outside, whatever comes', () => {
    const tags = (html: string) =>
      html.match(/<[^>]*>/g)?.map((tag) => tag.replace(/"[^"]*"/g, '""'));
    fc.assert(
      fc.property(anyText, anyText, anyText, (link, email, app) => {
        const html = fillTemplate(BUILT_IN_TEMPLATES[name], { ...values, link, email, app }).html;
        expect(tags(html ?? '')).toEqual(tags(filled.html ?? ''));
      }),
    );
  });

  test('has a subject of one line, whatever comes', () => {
    fc.assert(
      fc.property(anyText, (app) => {
        expect(fillTemplate(BUILT_IN_TEMPLATES[name], { ...values, app }).subject).not.toMatch(
          /[\r\n]/,
        );
      }),
    );
  });
});

test('a value that looks like a placeholder is a value', () => {
  const template = { subject: '{{app}}', text: '{{email}}{{link}}', html: '{{ email }}' };
  const tricky = { ...values, app: '{{link}}', email: '{{link}}$&$1' };
  expect(fillTemplate(template, tricky)).toEqual({
    subject: '{{link}}',
    text: `{{link}}$&$1${values.link}`,
    html: '{{link}}$&#38;$1',
  });
});

test('escaped text shows as what it was', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      const shown = escaped.replace(/&#(\d+);/g, (_whole, code) =>
        String.fromCharCode(Number(code)),
      );
      expect(shown).toBe(text);
    }),
  );
});

describe('templates of the operator', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mail-templates-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (file: string, content: string) => writeFile(join(directory, file), content);
  const load = async (language?: string) => {
    const templates = await loadTemplates(directory, language);
    return Object.fromEntries(
      Object.entries(templates).map(([name, { fallback, of }]) => [
        name,
        { fallback, of: Object.fromEntries(of) },
      ]),
    );
  };
  const BUILT_IN = {
    'confirm-email': { fallback: 'en', of: { en: BUILT_IN_TEMPLATES['confirm-email'] } },
    'reset-password': { fallback: 'en', of: { en: BUILT_IN_TEMPLATES['reset-password'] } },
  };

  test('without a directory, or with one that is empty or not there, are the built-in ones', async () => {
    expect(await load()).toEqual(BUILT_IN);
    directory = join(directory, 'missing');
    expect(await load()).toEqual(BUILT_IN);
    await mkdir(directory);
    expect(await loadTemplates(undefined)).toEqual(await loadTemplates(directory));
  });

  test('replace one part each', async () => {
    await write('confirm-email.txt', 'Subject: Welcome aboard\r\n\r\nGo here: {{link}}\n');
    await write('reset-password.html', '<p>{{link}}</p>');
    const { 'confirm-email': confirm, 'reset-password': reset } = await load();
    expect(confirm?.of.en).toEqual({
      subject: 'Welcome aboard',
      text: 'Go here: {{link}}\n',
      html: BUILT_IN_TEMPLATES['confirm-email'].html,
    });
    expect(reset?.of.en).toEqual({
      ...BUILT_IN_TEMPLATES['reset-password'],
      html: '<p>{{link}}</p>',
    });
  });

  test('in other languages stand beside those, whole: a text with its subject, and HTML if it is there', async () => {
    await write('confirm-email.de.txt', 'Subject: Willkommen\n\n{{link}}');
    await write('confirm-email.pt-br.txt', 'Subject: Bem-vindo\n\n{{link}}');
    await write('confirm-email.pt-br.html', '<p>{{link}}</p>');
    expect(await load()).toEqual({
      ...BUILT_IN,
      'confirm-email': {
        fallback: 'en',
        of: {
          en: BUILT_IN_TEMPLATES['confirm-email'],
          de: { subject: 'Willkommen', text: '{{link}}' },
          'pt-BR': { subject: 'Bem-vindo', text: '{{link}}', html: '<p>{{link}}</p>' },
        },
      },
    });
  });

  test('without a language in their names are in the one that is configured, and the others fall back on them', async () => {
    await write('confirm-email.txt', 'Subject: Willkommen\n\n{{link}}');
    await write('confirm-email.en.txt', 'Subject: Welcome\n\n{{link}}');
    const { 'confirm-email': confirm, 'reset-password': reset } = await load('de');
    expect(confirm).toMatchObject({
      fallback: 'de',
      of: { de: { subject: 'Willkommen' }, en: { subject: 'Welcome', text: '{{link}}' } },
    });
    expect(reset).toEqual(BUILT_IN['reset-password']);
  });

  test('that are not usable are all named', async () => {
    await write('confirm-email.txt', 'No subject\n\n{{link}}');
    await write('confirm-email.html', '<p>no link, but {{name}}</p>');
    await write('confirm-email.en.html', '{{link}}');
    await write('confirm-email.fr.html', '{{link}}');
    await write('reset-password.in_german.txt', 'Subject: x\n\n{{link}}');
    await write('reset-password.txt', 'x'.repeat(262_145));
    await mkdir(join(directory, 'reset-password.html'));
    await write('another.file.of.the.operator', 'x');
    await expect(loadTemplates(directory)).rejects.toThrow(
      'The templates in EMAIL_TEMPLATES_DIR are not usable: ' +
        'confirm-email.en.html and confirm-email.html are of the same language; ' +
        'confirm-email.fr.html needs confirm-email.fr.txt, which has the subject; ' +
        'confirm-email.html has the unknown placeholder "{{name}}"; ' +
        'confirm-email.html lacks "{{link}}"; ' +
        'confirm-email.txt must begin with a line "Subject: …" and an empty line; ' +
        'reset-password.html cannot be read: it is a directory; ' +
        'reset-password.in_german.txt has no language in its name: "in_german" is none; ' +
        'reset-password.txt is larger than 262144 bytes',
    );
  });
});
