/**
 * Mail templates: text with placeholders such as `{{link}}`, which are replaced and nothing else.
 *
 * The values come from users, so in HTML each is escaped, and a subject stays on one line.
 */
import { BUILT_IN_TEMPLATES, TEMPLATE_NAMES, type TemplateName } from './built-in-templates.ts';
import { type LanguageFile, openLanguageFiles } from './language-files.ts';
import { BUILT_IN_LANGUAGE, type InLanguages, withFallback } from './languages.ts';
import { fillPlaceholders, listPlaceholders } from './placeholders.ts';

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

/** The parts of one mail, with placeholders. */
export interface MailTemplate {
  readonly subject: string;
  readonly text: string;
  /** Absent in a language that the operator has a text in, and no HTML. */
  readonly html?: string;
}

/** The templates of every kind of mail. */
export type MailTemplates = Readonly<Record<TemplateName, InLanguages<MailTemplate>>>;

const NAMES: readonly string[] = [
  'link',
  'email',
  'app',
  'minutes',
  'removal',
] satisfies (keyof TemplateValues)[];
const SUBJECT_LINE = /^Subject:([^\r\n]+)\r?\n\r?\n/;

/**
 * Reads the templates. A file `<name>.txt` or `<name>.html` in the directory replaces that part of the built-in one
 * and is in `language`; those of other languages have them in their names, such as `<name>.de.txt`, and stand beside
 * it. A text begins with a line `Subject: …` and an empty line; without one there is no mail in another language.
 *
 * @throws Error that lists every problem with its file.
 */
export async function loadTemplates(
  directory: string | undefined,
  language = BUILT_IN_LANGUAGE,
): Promise<MailTemplates> {
  const kinds = { bases: TEMPLATE_NAMES, extensions: ['txt', 'html'], language };
  return openLanguageFiles('templates', directory, kinds, (files, problems) => {
    const entries = TEMPLATE_NAMES.map((name) => {
      const own = files.filter(({ base }) => base === name);
      return [name, inLanguages(name, own, { language, problems })];
    });
    return Object.fromEntries(entries);
  });
}

/** Replaces the placeholders. */
export function fillTemplate(template: MailTemplate, values: TemplateValues): MailTemplate {
  const { html, subject, text } = template;
  return {
    subject: fillPlaceholders(subject, values, (value) => value.replace(/[\r\n]+/g, ' ')),
    text: fillPlaceholders(text, values),
    ...(html === undefined ? {} : { html: fillPlaceholders(html, values, escapeHtml) }),
  };
}

/** Text as it may stand in HTML, in an attribute in quotation marks too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

interface TemplateRules {
  /** What files without a language in their names are in, as `canonicalTag` has it. */
  readonly language: string;
  readonly problems: string[];
}

function inLanguages(
  name: TemplateName,
  files: readonly LanguageFile[],
  { language, problems }: TemplateRules,
): InLanguages<MailTemplate> {
  const builtIn = BUILT_IN_TEMPLATES[name];
  const of = new Map<string, MailTemplate>();
  for (const tag of new Set(files.map((file) => file.language))) {
    const parts = partsOf(
      files.filter((file) => file.language === tag),
      problems,
    );
    const { subject, text } = parts;
    if (tag === language) of.set(tag, { ...builtIn, ...parts });
    else if (subject !== undefined && text !== undefined) of.set(tag, { ...parts, subject, text });
    else problems.push(`${name}.${tag}.html needs ${name}.${tag}.txt, which has the subject`);
  }
  return withFallback(of, language, builtIn);
}

/** The parts that the files of one language are. */
function partsOf(files: readonly LanguageFile[], problems: string[]): Partial<MailTemplate> {
  const parts: { -readonly [part in keyof MailTemplate]?: MailTemplate[part] } = {};
  for (const { content, extension, name } of files) {
    problems.push(...findProblems(content).map((problem) => `${name} ${problem}`));
    if (extension === 'html') {
      parts.html = content;
      continue;
    }
    parts.subject = SUBJECT_LINE.exec(content)?.[1]?.trim() ?? '';
    parts.text = content.replace(SUBJECT_LINE, '');
    if (parts.subject === '') {
      problems.push(`${name} must begin with a line "Subject: …" and an empty line`);
    }
  }
  return parts;
}

function findProblems(template: string): string[] {
  const names = listPlaceholders(template);
  const unknown = names.filter((name) => !NAMES.includes(name));
  return [
    ...unknown.map((name) => `has the unknown placeholder "{{${name}}}"`),
    ...(names.includes('link') ? [] : ['lacks "{{link}}"']),
  ];
}
