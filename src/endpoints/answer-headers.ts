/** Headers of an answer that a function has set: which of them may leave, and in what form. */
import { GatewayError } from '../errors.ts';
import type { EndpointAnswer } from '../session/operator-functions.ts';

/**
 * Say how the message or the connection is to be read (RFC 9110 sections 7.6.1 and 8.6, RFC 9112), or are the gateway's
 * own: they are left out.
 */
const NOT_THEIRS: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'keep-alive', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'x-content-type-options', 'x-request-id'],
]);

/** A token (RFC 9110 section 5.6.2). */
const NAME = /^[\w!#$%&'*+.^`|~-]{1,256}$/;
/** Visible characters, space and tab (RFC 9110 section 5.5): no line ends. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;
const MAX_VALUES = 100;
const MAX_CHARACTERS = 64 * 1024;

/** Headers that may leave. */
export interface AnswerHeaders {
  /** In small letters. */
  readonly sent: readonly (readonly [name: string, values: readonly string[]])[];
  readonly leftOut: readonly string[];
}

/**
 * Judges the headers that the function `functionName` has set. What is no header, or too much, fails with
 * `FUNCTION_FAILED`.
 */
export function judgeHeaders(
  functionName: string,
  headers: EndpointAnswer['headers'],
): AnswerHeaders {
  const fail = (message: string) =>
    new GatewayError('FUNCTION_FAILED', { function: functionName }, { message });
  const sent: [string, readonly string[]][] = [];
  const leftOut: string[] = [];
  let count = 0;
  let characters = 0;
  for (const { name: given, values } of headers) {
    if (!NAME.test(given)) throw fail('The function has set a header whose name is malformed');
    const name = given.toLowerCase();
    if (!values.every((value) => VALUE.test(value))) {
      throw fail(`The function has set the header "${name}" to a value that is malformed`);
    }
    count += values.length;
    characters += values.reduce((sum, { length }) => sum + length, name.length);
    if (NOT_THEIRS.has(name)) leftOut.push(name);
    else sent.push([name, values]);
  }
  if (count > MAX_VALUES || characters > MAX_CHARACTERS) {
    throw fail(`The function has set more than ${MAX_VALUES} headers, or too long ones`);
  }
  return { sent, leftOut };
}
