/** Which of several languages somebody gets. */
import Negotiator from 'negotiator';

/** Somebody's header is cut there: what a browser sends is far shorter. */
const MAX_PREFERENCES_LENGTH = 200;

/** The same thing in several languages, at least in `fallback`. */
export interface InLanguages<Content> {
  /** A tag of BCP 47. */
  readonly fallback: string;
  readonly of: ReadonlyMap<string, Content>;
}

/** What the built-in texts are in. */
export const BUILT_IN_LANGUAGE = 'en';

/**
 * What an operator has in several languages, with what is to fall back on: theirs in `language` or, without one, the
 * built-in one, which everybody understands, unless they have that language, too.
 */
export function withFallback<Content>(
  own: ReadonlyMap<string, Content>,
  language: string,
  builtIn: Content,
): InLanguages<Content> {
  if (own.has(language)) return { fallback: language, of: own };
  return { fallback: BUILT_IN_LANGUAGE, of: new Map([[BUILT_IN_LANGUAGE, builtIn], ...own]) };
}

/** What was chosen. */
export interface Chosen<Content> {
  readonly language: string;
  readonly content: Content;
}

/**
 * The content in the best language there is. `preferences` are values as of `Accept-Language` (RFC 9110 section
 * 12.5.4), the most important first; the next counts if none of its languages is there. What makes no sense is passed over.
 */
export function inBestLanguage<Content>(
  { fallback, of }: InLanguages<Content>,
  preferences: readonly (string | undefined)[],
): Chosen<Content> {
  // The fallback is first, so that it is what a `*` means.
  const available = [fallback, ...[...of.keys()].filter((tag) => tag !== fallback)];
  const wanted = preferences.flatMap((preference) => best(preference, available) ?? []);
  const language = wanted[0] ?? fallback;
  const content = of.get(language);
  if (content === undefined) throw new Error(`Nothing is there in ${language}`);
  return { language, content };
}

function best(preference: string | undefined, available: readonly string[]): string | undefined {
  if (preference === undefined || available.length < 2) return undefined;
  const header = preference.slice(0, MAX_PREFERENCES_LENGTH);
  return new Negotiator({ headers: { 'accept-language': header } }).language([...available]);
}
