/** Environment variables, and parsers of single values. Their messages never quote the value. */
import ms from 'ms';
import { z } from 'zod';
import { canonicalTag } from '../language-tag.ts';
import { trimEndOf } from '../trim-end.ts';

/** A variable the gateway reads, and all that is said of it anywhere: the type of the configuration follows. */
export interface Variable {
  /** Where its value is in `Config`: a name, or a section and a name. */
  readonly at: string;
  readonly schema: z.ZodType;
  /**
   * Text used when the variable is unset or empty, perhaps by what else is set; absent: the variable is optional.
   * `isSet` of no variable is true.
   */
  readonly default?: string | ((isSet: (variable?: string) => boolean) => string);
  /** One line of Markdown for the README's table. */
  readonly description: string;
}

const MILLISECONDS_PER_SECOND = 1000;

/** Duration such as `30m` or `60d` → seconds, within `[min, max]`. */
export function duration(min: string, max: string) {
  const seconds = (text: string) => ms(text as ms.StringValue) / MILLISECONDS_PER_SECOND;
  return z.string().transform((text, context) => {
    const value = /^\d+(\.\d+)?\s*[a-z]+$/i.test(text) ? seconds(text) : Number.NaN;
    if (Number.isNaN(value) || value < seconds(min) || value > seconds(max)) {
      context.addIssue({
        code: 'custom',
        message: `must be a duration such as "30m", between ${min} and ${max}`,
      });
      return z.NEVER;
    }
    return Math.floor(value);
  });
}

/** Decimal integer in `[min, max]`. */
export function integer(min: number, max: number) {
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      message: `must be an integer between ${min} and ${max}`,
    })
    .transform(Number);
}

/** `true` or `false`. */
export const flag = z
  .string()
  .refine((text) => text === 'true' || text === 'false', { message: 'must be "true" or "false"' })
  .transform((text) => text === 'true');

/** One of a closed set of words. */
export function oneOf<const T extends string>(values: readonly T[]) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

/** Comma-separated list without empty items. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** http or https URL, without its trailing slashes. */
export const httpUrl = z
  .string()
  .refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const url = new URL(text);
      return /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
    },
    { message: 'must be an http or https URL without query or fragment' },
  )
  .transform((text) => trimEndOf(text, '/'));

/** A tag of BCP 47, in its one spelling. */
export const languageTag = z.string().transform((text, context) => {
  const tag = canonicalTag(text);
  if (tag !== undefined) return tag;
  context.addIssue({ code: 'custom', message: 'must be a language such as "de" or "pt-BR"' });
  return z.NEVER;
});

/** Schemes of URLs that run or show what the URL itself holds, or what is on the machine of whoever follows it. */
const NO_PLACES = ['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:', 'view-source:'];
const MAX_URL_LENGTH = 2000;

/** Where a link may lead: a page of the web, or an app by its own scheme. */
export const appUrl = z
  .string()
  .max(MAX_URL_LENGTH)
  .refine((text) => URL.canParse(text) && !NO_PLACES.includes(new URL(text).protocol), {
    message: 'must be a URL such as "https://app.example.com" or "myapp://home"',
  })
  .transform((text) => new URL(text).href);

/** Web origin (RFC 6454), or `*`. */
export const origin = z
  .string()
  .refine((text) => text === '*' || (URL.canParse(text) && new URL(text).origin === text), {
    message: 'must be "*" or origins such as "https://app.example.com"',
  });

/** A name that MongoDB accepts and that needs no quoting anywhere. */
export function name(what: string, pattern: RegExp) {
  return z.string().refine((text) => pattern.test(text), { message: `must be ${what}` });
}

const MIN_SECRET_LENGTH = 16;
const MAX_SECRETS = 20;

/** A list of secrets, each long enough not to be guessed; an empty list is as good as none. */
export const secrets = z
  .array(
    z
      .string()
      .min(MIN_SECRET_LENGTH, `must hold secrets of ${MIN_SECRET_LENGTH} characters or more`),
  )
  .max(MAX_SECRETS, `must hold ${MAX_SECRETS} secrets or fewer`)
  .transform((items) => (items.length === 0 ? undefined : items));
