/**
 * Regular expressions that are not the gateway's own, matched in time that grows with the text and no faster:
 * those of a schema, written by the operator for texts of users, and those of queries that functions run in
 * the gateway. With a backtracking engine such as JavaScript's one text could stop the process.
 *
 * RE2 does the matching. Where its syntax means something else than ECMA-262's, the expression is rewritten.
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** A part of a text that an expression matches. */
export interface PatternMatch {
  readonly text: string;
  /** Where it begins, in UTF-16 code units. */
  readonly index: number;
  /** What each group matched; `null`: nothing. */
  readonly groups: readonly (string | null)[];
}

/** A compiled expression. */
export interface LinearPattern {
  test(text: string): boolean;
  /** The matches from left to right, none overlapping another. */
  matches(text: string): Generator<PatternMatch, void, undefined>;
  /** The expression, by which Ajv tells one from another. */
  toString(): string;
}

/** An expression that cannot be matched in linear time, or none at all; the message says what it needs. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** ECMA-262's LineTerminator, which `.` does not match. */
const NOT_LINE_TERMINATOR = '[^\\n\\r\\x{2028}\\x{2029}]';
/** ECMA-262's WhiteSpace and LineTerminator. */
const SPACE =
  '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NOT_SPACE =
  '\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
/** Long names of general categories (Unicode Standard Annex 44) that RE2 knows by the short one. */
const CATEGORIES: Readonly<Record<string, string>> = {
  Letter: 'L',
  Lowercase_Letter: 'Ll',
  Uppercase_Letter: 'Lu',
  Mark: 'M',
  Number: 'N',
  Decimal_Number: 'Nd',
  digit: 'Nd',
  Punctuation: 'P',
  punct: 'P',
  Symbol: 'S',
  Separator: 'Z',
  Space_Separator: 'Zs',
  Other: 'C',
  Control: 'Cc',
};
const CONTROL_CODES = 32;

/**
 * Compiles an expression of a schema: with the flag `u`, as JSON Schema has it (JSON Schema Core 2020-12,
 * section 6.4). Fails with a `PatternError`.
 */
export function compilePattern(source: string): LinearPattern {
  assertEcmaScript(source);
  return compile(source, 0);
}

/** The flags of an expression that RE2 knows, too. */
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** The same expression, matched in linear time. Fails with a `PatternError`. */
export function toLinear({ flags, source }: RegExp): LinearPattern {
  const known = [...flags].map((flag) => FLAGS[flag] ?? 0);
  return compile(
    source,
    known.reduce((sum, flag) => sum | flag, 0),
  );
}

function compile(source: string, flags: number): LinearPattern {
  try {
    const compiled = RE2JS.compile(rewrite(source, (flags & RE2JS.DOTALL) !== 0), flags);
    return {
      test: (text) => compiled.matcher(text).find(),
      *matches(text) {
        const matcher = compiled.matcher(text);
        while (matcher.find()) {
          const groups = Array.from({ length: matcher.groupCount() }, (_, i) =>
            matcher.group(i + 1),
          );
          yield { text: matcher.group() ?? '', index: matcher.start(), groups };
        }
      },
      toString: () => source,
    };
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new PatternError(
      `"${source}" needs lookaround, a backreference, a property of characters that is not supported or ` +
        'more than 1000 repetitions, which cannot be matched in bounded time',
    );
  }
}

function assertEcmaScript(source: string): void {
  try {
    RegExp(source, 'u');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PatternError(`"${source}" is not a regular expression`);
  }
}

/** One escape, property or character of an expression that is known to be well-formed. */
const TOKEN =
  /\\p\{[^}\\]*\}|\\P\{[^}\\]*\}|\\u\{[0-9A-Fa-f]+\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\c[A-Za-z]|\\.|\(\?<(?=[^=!])|./gsu;

function rewrite(source: string, isDotAll: boolean): string {
  let isInClass = false;
  const parts = (source.match(TOKEN) ?? []).map((token) => {
    if (token.length > 1) return rewriteEscape(token, isInClass);
    if (token === '.' && !isInClass) return isDotAll ? '.' : NOT_LINE_TERMINATOR;
    if (token === '[') {
      const text = isInClass ? '\\[' : '[';
      isInClass = true;
      return text;
    }
    if (token === ']') isInClass = false;
    return token;
  });
  return parts.join('');
}

function rewriteEscape(token: string, isInClass: boolean): string {
  if (token === '(?<') return '(?P<';
  const kind = token.slice(0, 2);
  const rest = token.slice(2);
  switch (kind) {
    case '\\p':
    case '\\P':
      return `${kind}{${propertyName(rest.slice(1, -1))}}`;
    case '\\u':
      return `\\x{${rest.replace(/[{}]/g, '')}}`;
    case '\\c':
      return `\\x{${(rest.charCodeAt(0) % CONTROL_CODES).toString(16)}}`;
    case '\\s':
      return isInClass ? SPACE : `[${SPACE}]`;
    case '\\S':
      return isInClass ? NOT_SPACE : `[${NOT_SPACE}]`;
    case '\\0':
      return '\\x00';
    case '\\b':
      return isInClass ? '\\x08' : token;
    case '\\/':
      return '/';
    case '\\k':
      // RE2JS takes it for text.
      return '\\1';
    default:
      return token;
  }
}

function propertyName(name: string): string {
  const [property, value] = name.split('=');
  if (value === undefined) return CATEGORIES[name] ?? name;
  const isScript = property === 'Script' || property === 'sc';
  return isScript ? value : (CATEGORIES[value] ?? value);
}
