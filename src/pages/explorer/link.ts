/** An operation that a link brings along, behind the `#` of the address. It may be a stranger's: nothing runs it. */
import type { Tab } from './documents.ts';
import { isTooMuch } from './operations.ts';

/** What a link brings. */
export type LinkedOperation = Pick<Tab, 'query' | 'variables' | 'operationName'>;

const INDENTATION = 2;

/** Parses what is behind the `#`; `null` if it is no operation, or too long for one. */
export function parseLink(hash: string): LinkedOperation | null {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const query = parameters.get('query') ?? '';
  const variables = parameters.get('variables') ?? '';
  if (query.trim() === '') return null;
  if (isTooMuch(query) || isTooMuch(variables)) return null;
  return { query, variables: indent(variables), operationName: parameters.get('operationName') };
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, INDENTATION);
  } catch {
    return text;
  }
}
