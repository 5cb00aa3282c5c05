/** What the pages that mails lead to say, in the languages that the operator has texts in. */
import { isPlainObject } from '../values/documents.ts';
import { type LanguageFile, openLanguageFiles } from './language-files.ts';
import { BUILT_IN_LANGUAGE, type InLanguages, withFallback } from './languages.ts';
import { listPlaceholders } from './placeholders.ts';

/** The built-in texts. */
const BUILT_IN_TEXTS = {
  confirmTitle: 'Confirm your e-mail address',
  confirmButton: 'Confirm',
  confirmedTitle: 'Your e-mail address is confirmed',
  confirmed: 'Thank you. You can close this page and log in.',
  resetTitle: 'Choose a new password',
  newPassword: 'New password, at least {{characters}} characters',
  repeatedPassword: 'The same again',
  resetButton: 'Set the password',
  resetDoneTitle: 'Your new password is set',
  resetDone: 'All devices were logged out. You can close this page and log in.',
  removed: '{{problem}}',
  passwordsDiffer: 'The two passwords are not the same.',
  passwordRefused: '{{problem}}.',
  failedTitle: 'That did not work',
  linkExpired: 'The link has expired. Ask for a new one.',
  linkInvalid: 'The link is not valid. It may have been used already, or there is a newer one.',
  malformedRequest: 'The request is malformed.',
  internalError: 'Something went wrong here. The number of the error is {{errorId}}.',
  otherError: '{{problem}}.',
  backToApp: 'Back to {{app}}',
} as const;

/** One of them. */
export type PageTextName = keyof typeof BUILT_IN_TEXTS;

/** All texts in one language, with placeholders. */
export type PageTexts = Readonly<Record<PageTextName, string>>;

/** What the placeholders of a text may name. */
export interface PageTextValues {
  readonly app: string;
  /** How many characters a password has at least. */
  readonly characters: number;
  readonly errorId?: string;
  /** What the gateway says of it, in English. */
  readonly problem?: string;
}

const VALUE_NAMES: readonly string[] = [
  'app',
  'characters',
  'errorId',
  'problem',
] satisfies (keyof PageTextValues)[];
const MAX_TEXT_LENGTH = 1000;

/**
 * Reads the texts: `pages.json` in the directory, in `language`, and `pages.<language>.json` for others, each an object of
 * texts by name. A name that is not in a file has its text in English.
 *
 * @throws Error that lists every problem with its file.
 */
export async function loadPageTexts(
  directory: string | undefined,
  language = BUILT_IN_LANGUAGE,
): Promise<InLanguages<PageTexts>> {
  const kinds = { bases: ['pages'], extensions: ['json'], language };
  return openLanguageFiles('texts of pages', directory, kinds, (files, problems) => {
    const own = files.map((file): [string, PageTexts] => {
      return [file.language, { ...BUILT_IN_TEXTS, ...parseTexts(file, problems) }];
    });
    return withFallback(new Map(own), language, BUILT_IN_TEXTS);
  });
}

function parseTexts(
  { content, name }: LanguageFile,
  problems: string[],
): Partial<Record<PageTextName, string>> {
  const texts = parseObject(content);
  if (texts === undefined) {
    problems.push(`${name} must be a JSON object of texts`);
    return {};
  }
  for (const [key, text] of Object.entries(texts)) {
    problems.push(...findProblems(key, text).map((problem) => `${name} ${problem}`));
  }
  return texts;
}

function parseObject(content: string): object | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function findProblems(key: string, text: unknown): string[] {
  if (!Object.hasOwn(BUILT_IN_TEXTS, key)) return [`has the unknown text "${key}"`];
  if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT_LENGTH) {
    return [`must have 1 to ${MAX_TEXT_LENGTH} characters as "${key}"`];
  }
  return listPlaceholders(text)
    .filter((name) => !VALUE_NAMES.includes(name))
    .map((name) => `has the unknown placeholder "{{${name}}}" in "${key}"`);
}
