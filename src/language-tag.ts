/** Names of languages: tags of BCP 47, such as `de` or `pt-BR`. */

/** RFC 5646 section 4.4.1: no tag that means anything is longer. */
const MAX_LENGTH = 35;

/** A tag in its one spelling; `undefined` if it is none. */
export function canonicalTag(tag: string): string | undefined {
  if (tag.length > MAX_LENGTH) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
