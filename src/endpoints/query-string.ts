/** The query string of a request to an endpoint. */

const SECRET = 'secret';

/** What is in a query string. */
export interface QueryString {
  /** The first value of each name. */
  readonly values: Readonly<Record<string, string>>;
  /** As it was sent, without pairs of the name `secret`. */
  readonly raw: string;
  /** The first value of `secret`; `null`: there is none. */
  readonly secret: string | null;
}

/**
 * Reads the query string of a URL as it was sent. What is named `secret` is among the `values` only if the endpoint asks
 * for no secret, so that it is the app's own.
 */
export function readQueryString(url: string, asksForSecret: boolean): QueryString {
  const at = url.indexOf('?');
  const text = at === -1 ? '' : url.slice(at + 1);
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (!values.has(name)) values.set(name, value);
  }
  const secret = values.get(SECRET) ?? null;
  if (asksForSecret) values.delete(SECRET);
  const kept = text.split('&').filter((pair) => !isSecret(pair));
  return { values: Object.fromEntries(values), raw: kept.join('&'), secret };
}

function isSecret(pair: string): boolean {
  const [name = ''] = pair.split('=', 1);
  if (name === SECRET) return true;
  // Any letter of it may be escaped.
  return name.includes('%') && new URLSearchParams(name).has(SECRET);
}
