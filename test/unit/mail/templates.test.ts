import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
        expect(tags(html)).toEqual(tags(filled.html));
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

  test('without a directory are the built-in ones', async () => {
    expect(await loadTemplates(undefined)).toEqual(BUILT_IN_TEMPLATES);
    expect(await loadTemplates(directory)).toEqual(BUILT_IN_TEMPLATES);
  });

  test('replace one part each', async () => {
    await write('confirm-email.txt', 'Subject: Welcome aboard\r\n\r\nGo here: {{link}}\n');
    await write('reset-password.html', '<p>{{link}}</p>');
    const { 'confirm-email': confirm, 'reset-password': reset } = await loadTemplates(directory);
    expect(confirm).toEqual({
      subject: 'Welcome aboard',
      text: 'Go here: {{link}}\n',
      html: BUILT_IN_TEMPLATES['confirm-email'].html,
    });
    expect(reset).toEqual({ ...BUILT_IN_TEMPLATES['reset-password'], html: '<p>{{link}}</p>' });
  });

  test('that are not usable are all named', async () => {
    await write('confirm-email.txt', 'No subject\n\n{{link}}');
    await write('confirm-email.html', '<p>no link, but {{name}}</p>');
    await expect(loadTemplates(directory)).rejects.toThrow(
      'The templates in EMAIL_TEMPLATES_DIR are not usable: ' +
        'confirm-email.html has the unknown placeholder "{{name}}"; ' +
        'confirm-email.html lacks "{{link}}"; ' +
        'confirm-email.txt must begin with a line "Subject: …" and an empty line',
    );
  });
});
