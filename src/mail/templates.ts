/**
 * Mail templates: text with placeholders such as `{{link}}`, which are replaced and nothing else.
 *
 * The values come from users, so in HTML each is escaped, and a subject stays on one line.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../json-file.ts';
import { BUILT_IN_TEMPLATES, TEMPLATE_NAMES, type TemplateName } from './built-in-templates.ts';

/** What the placeholders of a template may name. */
export interface TemplateValues {
  /** Where the user goes to confirm or to reset. */
  readonly link: string;
  /** The e-mail address that the mail goes to. */
  readonly email: string;
  /** The name of the app. */
  readonly app: string;
  /** How long the link lives. */
  readonly minutes: number;
  /** What else a new password changes, one sentence; empty as a rule. */
  readonly removal: string;
}

/** The three parts of one mail, with placeholders. */
export interface MailTemplate {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The templates of every kind of mail. */
export type MailTemplates = Readonly<Record<TemplateName, MailTemplate>>;

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const NAMES: readonly string[] = [
  'link',
  'email',
  'app',
  'minutes',
  'removal',
] satisfies (keyof TemplateValues)[];
const SUBJECT_LINE = /^Subject:([^\r\n]+)\r?\n\r?\n/;

/**
 * Reads the templates. A file `<name>.txt` or `<name>.html` in the directory replaces that part of
 * the built-in one; the text begins with a line `Subject: …` and an empty line.
 *
 * @throws Error that lists every problem with its file.
 */
export async function loadTemplates(directory: string | undefined): Promise<MailTemplates> {
  if (directory === undefined) return BUILT_IN_TEMPLATES;
  const problems: string[] = [];
  const entries = await Promise.all(
    TEMPLATE_NAMES.map(async (name) => [name, await loadTemplate(directory, name, problems)]),
  );
  if (problems.length > 0) {
    const list = problems.sort().join('; ');
    throw new Error(`The templates in EMAIL_TEMPLATES_DIR are not usable: ${list}`);
  }
  return Object.fromEntries(entries);
}

/** Replaces the placeholders. */
export function fillTemplate(template: MailTemplate, values: TemplateValues): MailTemplate {
  return {
    subject: fill(template.subject, values, (value) => value.replace(/[\r\n]+/g, ' ')),
    text: fill(template.text, values, (value) => value),
    html: fill(template.html, values, escapeHtml),
  };
}

/** Text as it may stand in HTML, in an attribute in quotation marks too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function fill(template: string, values: TemplateValues, encode: (value: string) => string): string {
  return template.replace(PLACEHOLDER, (_whole, name: string) =>
    encode(String(values[name.trim() as keyof TemplateValues])),
  );
}

async function loadTemplate(
  directory: string,
  name: TemplateName,
  problems: string[],
): Promise<MailTemplate> {
  const builtIn = BUILT_IN_TEMPLATES[name];
  const read = async (file: string) => {
    try {
      const content = await readFile(join(directory, file), 'utf8');
      problems.push(...findProblems(content).map((problem) => `${file} ${problem}`));
      return content;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        problems.push(`${file} cannot be read: ${reasonOf(error)}`);
      }
      return undefined;
    }
  };
  const [text, html] = await Promise.all([read(`${name}.txt`), read(`${name}.html`)]);
  const subject =
    text === undefined ? undefined : SUBJECT_LINE.exec(text)?.[1]?.trim() || undefined;
  if (text !== undefined && subject === undefined) {
    problems.push(`${name}.txt must begin with a line "Subject: …" and an empty line`);
  }
  return {
    subject: subject ?? builtIn.subject,
    text: text?.replace(SUBJECT_LINE, '') ?? builtIn.text,
    html: html ?? builtIn.html,
  };
}

function findProblems(template: string): string[] {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name?.trim() ?? '');
  const unknown = names.filter((name) => !NAMES.includes(name));
  return [
    ...unknown.map((name) => `has the unknown placeholder "{{${name}}}"`),
    ...(names.includes('link') ? [] : ['lacks "{{link}}"']),
  ];
}
