/** `$regexMatch`, `$regexFind` and `$regexFindAll`, by an engine that one text cannot stop. */
import { evalExpr } from 'mingo/core';
import type { Options } from 'mingo/types';
import { type LinearPattern, toLinear } from '../../../linear-pattern.ts';
import type { Document } from '../../../values/documents.ts';

type Expression = (subject: unknown, argument: unknown, options: Options) => unknown;

/** The expressions by name. A text that is null or missing matches nothing. */
export const REGEX_EXPRESSIONS: Readonly<Record<string, Expression>> = {
  $regexMatch: (subject, argument, options) => {
    const { input, pattern } = readArgument(subject, argument, options);
    return typeof input === 'string' && pattern.test(input);
  },
  $regexFind: (subject, argument, options) => {
    const { input, pattern } = readArgument(subject, argument, options);
    if (typeof input !== 'string') return null;
    return describeMatches(input, pattern).next().value ?? null;
  },
  $regexFindAll: (subject, argument, options) => {
    const { input, pattern } = readArgument(subject, argument, options);
    if (typeof input !== 'string') return [];
    return [...describeMatches(input, pattern)];
  },
};

function readArgument(subject: unknown, argument: unknown, options: Options) {
  const { input, regex, options: flags } = evalExpr(subject, argument, options) as Document;
  if (typeof regex !== 'string' && !(regex instanceof RegExp)) {
    throw new Error('"regex" must be a regular expression');
  }
  const isGiven = typeof flags === 'string' && flags !== '';
  const expression = isGiven ? new RegExp(regex, flags) : new RegExp(regex);
  return { input, pattern: compiled(expression) };
}

/** A pipeline asks for the same expression for each document. */
let latest: { readonly key: string; readonly pattern: LinearPattern } | undefined;

function compiled(expression: RegExp): LinearPattern {
  const key = String(expression);
  if (latest?.key !== key) latest = { key, pattern: toLinear(expression) };
  return latest.pattern;
}

/** As MongoDB has it: the place is counted in code points. */
function* describeMatches(
  input: string,
  pattern: LinearPattern,
): Generator<Document, undefined, undefined> {
  let end = 0;
  let idx = 0;
  for (const { groups, index, text } of pattern.matches(input)) {
    idx += [...input.slice(end, index)].length;
    end = index;
    yield { match: text, idx, captures: groups };
  }
}
